"""Bringing music in over HTTP: from which folders, what is refused, and the report at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.api.routes.ingest import _TAKES, IngestOptions
from reelscore.config import Settings
from reelscore.records import Track
from reelscore.sources.demo import DemoSource
from reelscore.wiring import Wiring
from reelscore.wiring.sources import SOURCES
from serving import serve, wait_for_task


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for offer in list(DemoSource().offer())[:2]:
        assert isinstance(offer, Track)
        shutil.copy(str(offer.uri), folder)
    return folder


@pytest.fixture
def client(tmp_path: Path, music: Path) -> Iterator[httpx.Client]:
    folders = os.pathsep.join([str(music), str(tmp_path / "more")])
    wiring = Wiring(Settings(home=tmp_path / "home", music_folders=folders))
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        yield client
    wiring.close()


def ask(client: httpx.Client, source: str, **options: Any) -> tuple[int, dict[str, Any]]:
    response = client.post("/api/library/ingest", json={"source": source, "options": options})
    return response.status_code, response.json()


def test_a_folder_that_was_named_is_ingested_as_a_task(client: httpx.Client, music: Path) -> None:
    status, body = ask(client, "folder", paths=[str(music)])
    assert (status, body["success"]) == (202, True)
    task = wait_for_task(client, body["task_id"])
    assert (task["kind"], task["state"]) == ("ingest", "succeeded")
    assert (task["result"]["offered"], task["result"]["added"]) == (2, 2)
    next(music.iterdir()).unlink()
    task = wait_for_task(client, ask(client, "folder", paths=[str(music)], prune=True)[1]["task_id"])
    assert (task["result"]["missing"], task["result"]["removed"]) == (1, 1)
    assert client.get("/api/songs").json()["total"] == 1


def test_each_source_says_which_options_it_takes() -> None:
    assert sorted(_TAKES) == sorted(SOURCES)
    assert set().union(*_TAKES.values()) == set(IngestOptions.model_fields)


@pytest.mark.parametrize("way", ["{parent}", "{music}/..", "/etc", "{music}x", "{link}"])
def test_no_other_folder_can_be_read(client: httpx.Client, music: Path, way: str) -> None:
    (music / "link").symlink_to(music.parent, target_is_directory=True)
    path = way.format(parent=music.parent, music=music, link=music / "link")
    status, body = ask(client, "folder", paths=[str(music), path])
    assert (status, body["error"]["code"]) == (403, "folder_not_allowed")
    assert client.get("/api/tasks").json()["total"] == 0


def test_what_makes_no_sense_is_refused_at_once(client: httpx.Client, music: Path) -> None:
    assert ask(client, "folder")[0] == 422
    assert ask(client, "folder", paths=[])[0] == 422
    assert ask(client, "folder", paths=["a\0b"])[0] in (403, 422)
    assert ask(client, "folder", paths=[str(music / "nowhere")])[0] == 400
    assert ask(client, "folder", paths=[str(music)], limit=3)[0] == 422
    assert ask(client, "itunes")[0] == 422
    assert ask(client, "itunes", term="x", country="Germany")[0] == 422
    assert ask(client, "subsonic", url="http://elsewhere.test")[0] == 403  # it would be told the password
    assert ask(client, "napster")[0] == 422
    assert ask(client, "demo", loud=True)[0] == 422
    assert client.get("/api/tasks").json()["total"] == 0


def test_the_sources_say_what_they_lack(client: httpx.Client, music: Path) -> None:
    sources = {row["name"]: row for row in client.get("/api/library/sources").json()["data"]}
    assert set(sources) == {"demo", "folder", "itunes", "jellyfin", "plex", "subsonic", "youtube"}
    assert not any(sources[server]["available"] for server in ("jellyfin", "plex", "subsonic"))
    assert sources["folder"]["folders"][0] == str(music)
    assert not sources["youtube"]["available"]
    assert "REELSCORE_YOUTUBE_AUDIO" in sources["youtube"]["reason"]


def test_without_the_setting_no_folder_can_be_read(server_url: str, music: Path) -> None:
    with httpx.Client(base_url=server_url) as client:
        status, body = ask(client, "folder", paths=[str(music)])
        assert status == 403
        assert "REELSCORE_MUSIC_FOLDERS" in body["error"]["message"]
        row = next(
            row for row in client.get("/api/library/sources").json()["data"] if row["name"] == "folder"
        )
        assert not row["available"]

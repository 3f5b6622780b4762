"""`ingest folder` a second time: what the report says of files that were moved and deleted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli_commands import Reelscore
from reelscore.api import command_server
from reelscore.children.pool import POOL
from reelscore.records import Track
from reelscore.sources.demo import DemoSource

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def ingest(reelscore: Reelscore, heard_once: None) -> Call:
    def call(*arguments: str) -> tuple[int, str]:
        code, out, _ = reelscore("ingest", "folder", *arguments)
        return code, out

    return call


def test_a_second_run_tells_what_became_of_the_files(
    tmp_path: Path, ingest: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for number, offer in enumerate(DemoSource(limit=3).offer()):
        assert isinstance(offer, Track)
        shutil.copy(str(offer.uri), music / f"{number}.opus")
    monkeypatch.chdir(tmp_path)
    code, out = ingest("music")
    assert (code, "3 offered = 3 added" in out) == (0, True)
    (music / "0.opus").rename(music / "renamed.opus")
    (music / "1.opus").unlink()
    code, out = ingest("music")
    assert code == 0
    assert "1 of those already there moved: found at another path" in out
    assert f"missing 1 file of the library, gone from the folder:\n    {music / '1.opus'}" in out
    assert "2 offered = 0 added + 2 already there + 0 skipped + 0 failed" in out
    code, out = ingest("music", "--prune", "--json")
    report = json.loads(out)
    assert (report["missing"], report["removed"], report["missing_files"]) == (1, 1, [str(music / "1.opus")])
    assert json.loads(ingest("music", "--json")[1])["missing"] == 0


def test_pruning_a_folder_that_lost_its_disk_has_to_be_confirmed(
    tmp_path: Path, ingest: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = tmp_path / "music"
    for number, (folder, offer) in enumerate(zip(("disk", "own"), DemoSource(limit=2).offer(), strict=True)):
        assert isinstance(offer, Track)
        (music / folder).mkdir(parents=True)
        shutil.copy(str(offer.uri), music / folder / f"{number}.opus")
    monkeypatch.chdir(tmp_path)
    assert ingest("music")[0] == 0
    (music / "disk/0.opus").unlink()
    code, out = ingest("music", "--prune", "--json")
    report = json.loads(out)
    assert (code, report["removed"], report["missing"]) == (1, 0, 1)
    assert [issue["code"] for issue in report["failed"]] == ["prune_refused"]
    code, out = ingest("music", "--prune")
    assert code == 1 and "nothing was removed" in out and "--yes" in out.replace("\n", " ")
    code, out = ingest("music", "--prune", "--yes", "--json")
    assert (code, json.loads(out)["removed"]) == (0, 1)


def test_what_others_asked_for_has_children_until_it_is_done(
    tmp_path: Path, ingest: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ingest that was done ended the child that read another command's file: "short of memory"."""
    users = 0
    wanted = []
    answering = command_server.answering

    @contextmanager
    def watched(*arguments: Any, **keywords: Any) -> Iterator[None]:
        with answering(*arguments, **keywords):
            yield
            wanted.append(users)

    def use(more: int) -> None:
        nonlocal users
        users += more

    monkeypatch.setattr(command_server, "answering", watched)
    monkeypatch.setattr(POOL, "use", use)
    ingest(str(tmp_path))
    assert (wanted, users) == ([1], 0)

"""Beats and sections over HTTP: of songs that were added now, and of those that an older version added."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete

from patience import PATIENCE_SECONDS
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import write
from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.wiring import Wiring
from serving import serve


def test_beats_are_numbered_in_bars_and_in_order(client: httpx.Client) -> None:
    steady = 0
    for song in client.get("/api/songs").json()["data"][:12]:
        answer = client.get(f"/api/songs/{song['id']}/beats").json()
        beats = answer["data"]
        if not beats:
            assert answer["metre"] is None
            continue
        steady += 1
        assert all(late["time"] > early["time"] for early, late in pairwise(beats))
        for early, late in pairwise(beats):
            same_bar = late["bar"] == early["bar"] and late["beat"] == early["beat"] + 1
            assert same_bar or (late["bar"] == early["bar"] + 1 and late["beat"] == 1)
        assert answer["downbeats"] == [beat["time"] for beat in beats if beat["beat"] == 1]
        told = client.get(f"/api/songs/{song['id']}").json()["data"]["features"]["beats"]
        assert told == pytest.approx([beat["time"] for beat in beats], abs=1e-3)
        assert 0.0 <= answer["steadiness"] <= 1.0 and 0.0 <= answer["confidence"] <= 1.0
    assert steady >= 8


def test_sections_cover_the_song_without_gaps(client: httpx.Client) -> None:
    for song in client.get("/api/songs").json()["data"][:6]:
        sections = client.get(f"/api/songs/{song['id']}/sections").json()["data"]
        assert sections[0]["start"] == pytest.approx(0.0, abs=0.01) and sections[0]["letter"] == "A"
        assert sections[-1]["end"] == pytest.approx(song["duration_seconds"], abs=0.5)
        assert all(early["end"] == late["start"] for early, late in pairwise(sections))
        assert all(part["change"] for part in sections[1:])


def test_unknown_song_has_neither(client: httpx.Client) -> None:
    for what in ("beats", "sections"):
        assert client.get(f"/api/songs/nothing/{what}").status_code == 404


def test_beats_of_an_older_library_are_found_when_they_are_asked_for(tmp_path: Path) -> None:
    import immich_memories_music

    music = tmp_path / "music"
    music.mkdir()
    track = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))[0]
    shutil.copy(track, music / "kept.opus")
    wiring = Wiring(Settings(home=tmp_path / "home"))
    assert ingest(wiring, "folder", {"paths": [str(music)]}).added == 1
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        song = client.get("/api/songs").json()["data"][0]["id"]
        before = client.get(f"/api/songs/{song}/beats").json()
        write(wiring.catalog._engine, lambda connection: connection.execute(delete(schema.song_structures)))
        assert wiring.catalog.structure(song) is None
        assert client.get(f"/api/songs/{song}/beats").json() == before
        assert wiring.catalog.structure(song) is not None, "found once, and kept"
        (music / "kept.opus").unlink()
        assert client.get(f"/api/songs/{song}/beats").status_code == 200
        write(wiring.catalog._engine, lambda connection: connection.execute(delete(schema.song_structures)))
        assert client.get(f"/api/songs/{song}/sections").status_code == 404
    wiring.close()

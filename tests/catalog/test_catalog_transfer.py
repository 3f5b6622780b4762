"""Copying a catalogue between databases: everything, exactly, and without harm to what is there."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from catalog_tracks import make_track

from raw_sql import run_sql
from reelscore.catalog import transfer
from reelscore.catalog.db import schema
from reelscore.catalog.store import Catalog
from reelscore.catalog.transfer import compare_samples, copy_catalog, row_counts
from reelscore.errors import InvalidInputError
from reelscore.maintenance.copy import copy_library
from reelscore.records import EventKind, JobState, TasteEvent, VideoAnalysis
from services_running import PASSWORD

TAGS = {"piano": 0.9, "vocals": 0.1}


@pytest.fixture
def other_url(backend: str, request: pytest.FixtureRequest) -> str:
    """An empty database of the other kind than `url`."""
    return str(request.getfixturevalue("mariadb_url" if backend == "sqlite" else "sqlite_url"))


EVENT = TasteEvent(
    "Ádá",
    "",
    str(UUID(int=7)),
    EventKind.AUDITIONED,
    "2026-01-01T00:00:00.000000Z",
    amount=12.25,
    words="höfisch",
)


def fill(catalog: Catalog, songs: int = 230) -> None:
    catalog.add(
        [
            replace(
                make_track(
                    number,
                    title=f"Größe {number} 🎵 'x' \\ %s",
                    artists=("Ünder", f"B{number}"),
                    genre="folk",
                    year=1990 + number % 30,
                    duration=0.1 + number / 3,
                    labels={"mood": "calm", "nested": "☃"},
                ),
                tags=TAGS,
                tags_space="lite-1",
            )
            for number in range(songs)
        ]
    )
    for space in ("lite-1", "fingerprint-1"):
        catalog.mark_indexed(space, catalog.pending(space))
    job = catalog.create_job("ingest", {"source": "demo"})
    catalog.claim_job(job.id)
    catalog.update_job(job.id, state=JobState.SUCCEEDED, result={"added": 28})
    catalog.set_note("text_space", "lite-1")
    catalog.save_analysis(
        VideoAnalysis("d", "m", ("k",), "calm", ("folk",), "Slow", "Low", analyzer="local"),
        content_hash="a" * 64,
    )
    catalog.usage.record("gemini", "2026-03-01", 3, 10**12)
    catalog.note_events([EVENT])


def everything(url: str) -> dict[str, list[str]]:
    """Name of each table -> its rows in one order everywhere, without what each library counts for itself."""
    catalog = Catalog(url)
    with catalog._engine.connect() as connection:
        found = {
            table.name: sorted(
                repr(row)
                for row in connection.execute(
                    sa.select(*(column for column in table.columns if column.name != "revision"))
                )
            )
            for table in schema.metadata.sorted_tables
            if table is not schema.shelves
        }
    catalog.close()
    return found


def test_a_copy_holds_every_row_and_its_indexes_are_to_be_filled(url: str, other_url: str) -> None:
    source = Catalog(url)
    fill(source)
    source.close()
    steps: list[float] = []
    found = copy_library(url, other_url, progress=lambda step: steps.append(step.done))
    assert found["ok"], found["problems"]
    assert found["compared"] > 1000
    assert found["copied"]["songs"] == 230
    assert found["tables"]["vectors"] == {"source": 1840, "target": 1840}
    assert steps == sorted(steps)
    assert steps[-1] == 230
    assert PASSWORD not in json.dumps(found)
    target = Catalog(other_url)
    assert target.taste_events("Ádá") == [EVENT]
    target.close()
    before, after = everything(url), everything(other_url)
    marks, made = before.pop("index_state"), after.pop("index_state")
    assert after == before
    assert [row.rpartition(", ")[0].replace("pending", "indexed") for row in made] == [
        row.rpartition(", ")[0] for row in marks
    ]  # all but the stamp


def test_a_copy_there_and_back_is_the_same(url: str, other_url: str, tmp_path: Path) -> None:
    source = Catalog(url)
    fill(source, songs=5)
    source.close()
    back = f"sqlite:///{tmp_path / 'back' / 'library.sqlite3'}"
    assert copy_library(url, other_url)["ok"]
    assert copy_library(other_url, back)["ok"]
    first, last = everything(url), everything(back)
    assert first.pop("index_state") != last.pop("index_state")
    assert first == last


def test_a_library_with_songs_is_left_alone_unless_it_is_forced(url: str, other_url: str) -> None:
    source, target = Catalog(url), Catalog(other_url)
    source.add([make_track(1), make_track(2)])
    mine, old = target.add([make_track(50), make_track(1, title="Old", spaces={"old-1": 4, "lite-1": 20})])
    for space in ("lite-1", "old-1"):
        target.mark_indexed(space, target.pending(space))
    with pytest.raises(InvalidInputError, match="has 2 songs already"):
        copy_library(url, other_url)
    assert target.song(old).title == "Old"

    found = copy_library(url, other_url, force=True)
    assert found["ok"], found["problems"]
    assert target.counts()["songs"] == 3
    assert target.song(mine).title == "Song 50"
    assert target.song(old).title == "Song 1"
    # What the indexes have under the replaced id is to be written again, or forgotten.
    assert mine not in target.pending("lite-1")
    assert old in target.pending("lite-1")
    assert target.removed("old-1") == [old]
    source.close()
    target.close()


def test_a_copy_that_was_cut_off_goes_on(url: str, other_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "BATCH_SONGS", 10)
    source, target = Catalog(url), Catalog(other_url)
    source.add([make_track(number) for number in range(35)])

    class CutOffError(Exception):
        pass

    def cut_off(step: object) -> None:
        if step.done >= 20:  # type: ignore[attr-defined]
            raise CutOffError

    with pytest.raises(CutOffError):
        copy_catalog(source, target, cut_off)
    assert target.counts()["songs"] == 20
    assert not [found for found in target.findings() if "index of" not in found.message]  # whole songs
    found = copy_library(url, other_url, force=True)
    assert found["ok"], found["problems"]
    assert row_counts(target) == row_counts(source)
    source.close()
    target.close()


def test_what_differs_after_a_copy_is_told(url: str, other_url: str) -> None:
    source, target = Catalog(url), Catalog(other_url)
    fill(source, songs=3)
    for damage, words in [
        ("UPDATE songs SET title = 'other'", "songs differ"),
        ("DELETE FROM features", "features differ"),
        ("UPDATE vectors SET start = 1.25 WHERE kind = 'window' AND position = 0", "vectors differ"),
        ("DELETE FROM jobs", "jobs differ"),
    ]:
        copy_catalog(source, target)
        assert compare_samples(source, target)[1] == []
        run_sql(other_url, damage)
        compared, problems = compare_samples(source, target)
        assert compared > 20
        assert any(words in line for line in problems), problems
    source.close()
    target.close()


def test_nothing_is_made_where_there_is_no_library_to_copy(tmp_path: Path, sqlite_url: str) -> None:
    nothing = tmp_path / "nothing.sqlite3"
    with pytest.raises(InvalidInputError, match="no library at"):
        copy_library(f"sqlite:///{nothing}", sqlite_url)
    assert not nothing.exists()
    sqlite3.connect(nothing).close()
    with pytest.raises(InvalidInputError, match="no library at"):
        copy_library(f"sqlite:///{nothing}", sqlite_url)
    with pytest.raises(InvalidInputError, match="the same database"):
        copy_library(sqlite_url, sqlite_url)

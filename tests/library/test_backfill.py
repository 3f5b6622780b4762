"""A library that an older version filled: brought up to date in steps, by a job, and not in the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from asked import Asking
from patience import PATIENCE_SECONDS
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import write
from reelscore.config import Settings
from reelscore.errors import CancelledError
from reelscore.filters.table import Filters
from reelscore.jobs.handlers import job_handlers
from reelscore.jobs.local import LocalJobQueue
from reelscore.jobs.queues import start_update
from reelscore.library.backfill import refresh_facets, songs_behind
from reelscore.library.index_sync import late_songs, needs_update, update_library
from reelscore.library.service import Library
from reelscore.maintenance.check import check_library
from reelscore.records import JobState, Progress
from reelscore.wiring import Wiring


def grow_old(wiring: Wiring) -> None:
    """As a version left it that knew of no filters and no words."""

    def work(connection: sa.Connection) -> None:
        for table in (schema.song_words, schema.song_terms, schema.song_tags):
            connection.execute(sa.delete(table))

    write(wiring.catalog._engine, work)
    for note in ("facets_version", "words_version"):
        wiring.catalog.set_note(note, "0")
    for space in wiring.embedders.spaces:
        for ids, vectors in wiring.catalog.track_vectors(space):
            wiring.index(space).upsert(ids, vectors)


def words(wiring: Wiring) -> set[tuple[str, str]]:
    with wiring.catalog._engine.connect() as connection:
        return {(row.word, row.song_id) for row in connection.execute(sa.select(schema.song_words))}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of five songs, of which more than five are many."""
    for module in ("facets", "words"):
        monkeypatch.setattr(f"reelscore.catalog.{module}._BATCH", 5)
    for module in ("backfill", "index_sync"):
        monkeypatch.setattr(f"reelscore.library.{module}.QUICK", 5)


@pytest.fixture
def old(demo_wiring: Wiring, steps: None) -> Iterator[Wiring]:
    grow_old(demo_wiring)
    yield demo_wiring


def test_what_was_cut_off_goes_on_where_it_was(old: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Progress] = []

    def stop_after_nine(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 9:  # six steps of words, and three of facets
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        refresh_facets(old, stop_after_nine)
    assert songs_behind(old) == 28 - 15
    began: list[str] = []
    rewrite = old.catalog.rewrite_terms
    monkeypatch.setattr(old.catalog, "rewrite_terms", lambda after: began.append(after) or rewrite(after))
    monkeypatch.setattr(old.catalog, "rewrite_words", lambda _: pytest.fail("they were done"))
    assert refresh_facets(old) == 28 - 15
    assert "" not in began
    assert songs_behind(old) == 0 == len(old.catalog.songs_without_tags("lite-1", "lite-1"))
    assert refresh_facets(old, lambda _: pytest.fail("nothing is to be done")) == 0


def test_library_that_grew_old_again_is_begun_anew(old: Wiring) -> None:
    refresh_facets(old)
    written = words(old)
    grow_old(old)
    assert songs_behind(old) == 28
    refresh_facets(old)
    assert songs_behind(old) == 0 and words(old) == written


def test_two_processes_may_bring_one_library_up_to_date_at_once(demo_library_home: Path, steps: None) -> None:
    settings = Settings(home=demo_library_home, QDRANT_URL="http://127.0.0.1:1")
    wirings = [Wiring(settings) for _ in range(3)]
    refresh_facets(wirings[0])
    expected = words(wirings[0])
    for table in (schema.song_words, schema.song_terms, schema.song_tags):
        write(wirings[0].catalog._engine, lambda c, table=table: c.execute(sa.delete(table)))
    for note in ("facets_version", "words_version"):
        wirings[0].catalog.set_note(note, "0")
    errors: list[BaseException] = []
    start = threading.Barrier(3)

    def work(wiring: Wiring) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            refresh_facets(wiring)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(wiring,)) for wiring in wirings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert errors == [] and words(wirings[0]) == expected
    assert songs_behind(wirings[0]) == 0
    for wiring in wirings:
        wiring.close()


def test_questions_do_not_wait_for_the_job_and_say_what_filters_miss(old: Wiring) -> None:
    service, library = Asking(old), Library(old)
    queue = LocalJobQueue(old.catalog, job_handlers(old))
    job = start_update(old, queue)
    assert job is not None and start_update(old, queue) is None  # which is there already
    assert len(service.recommend_text("calm piano", limit=28).songs) == 28
    narrow = Filters(duration=(0.0, 10_000.0))
    answer = service.recommend_text("calm piano", limit=28, filters=narrow)
    assert any("28 songs until the library is brought up to date" in note for note in answer.notes)
    assert library.songs(filters=narrow)["late"] == 28 and library.songs()["late"] == 0
    assert songs_behind(old) == 28  # nobody did it on the way

    queue.start()
    wait = threading.Event()
    while not old.catalog.job(job.id).state.final:
        wait.wait(0.05)
    queue.stop()
    done = old.catalog.job(job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    assert (done.result or {})["tagged"] == 28
    answer = service.recommend_text("calm piano", limit=28, filters=narrow)
    assert len(answer.songs) == 28 and not any("up to date" in note for note in answer.notes)
    assert library.songs(filters=narrow)["late"] == 0
    assert not needs_update(old) and check_library(old)["ok"]


def test_library_without_a_server_is_brought_up_to_date_by_the_first_question(old: Wiring) -> None:
    found = Asking(old).recommend_text("calm piano", limit=28, filters=Filters(duration=(0.0, 10_000.0)))
    assert len(found.songs) == 28
    assert songs_behind(old) == late_songs(old) == 0


def test_removing_a_song_waits_for_nothing(old: Wiring) -> None:
    old.sync.in_jobs = True
    song = old.catalog.list_songs(limit=1)[0][0]
    Library(old).remove(song.id)
    assert songs_behind(old) == 27
    assert all(song.id not in old.index(space).ids() for space in old.embedders.spaces)


def test_update_that_is_cut_off_leaves_marks_for_the_next(old: Wiring) -> None:
    def stop(progress: Progress) -> None:
        if progress.message == "taggers-1":
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        update_library(old, stop)
    assert np.sum([len(old.catalog.pending(space)) for space in old.embedders.spaces]) > 0
    update_library(old)
    assert all(old.index(space).info().filterable == 28 for space in old.embedders.spaces)

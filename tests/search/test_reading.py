"""A question reads each song, measurement and vector once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import sqlalchemy as sa

from reelscore.query.form import Query
from reelscore.records import Phrase
from reelscore.search.engine import search
from reelscore.search.reading import Reading
from reelscore.wiring import Wiring

SENTENCE = Query(text="calm acoustic guitar")
TEXTS = ("calm piano", "soft strings", "warm pads", "slow ballad")
PHRASES = Query(phrases=tuple(map(Phrase, TEXTS)), tempo_bpm=(60.0, 90.0))


@contextmanager
def statements(wiring: Wiring) -> Iterator[list[str]]:
    """The SQL statements that are run meanwhile."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    engine = wiring.catalog._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_what_was_read_is_not_read_again(shared_demo_wiring: Wiring) -> None:
    wiring = shared_demo_wiring
    ids = [song.id for song in wiring.catalog.list_songs(limit=5)[0]]
    spaces = list(wiring.embedders.spaces)
    reading = Reading(wiring.catalog)
    with statements(wiring) as seen:
        first = reading.songs(ids[:3]), reading.features(ids[:3]), reading.vectors(spaces, ids[:3])
        read = len(seen)
        assert (reading.songs(ids[:3]), reading.features(ids[:3])) == first[:2]
        again = reading.vectors(spaces[:1], ids[:3])
        assert len(seen) == read
    for song, vector in again[spaces[0]].items():
        assert np.array_equal(vector, first[2][spaces[0]][song])


def test_songs_that_are_gone_are_left_out_and_not_asked_for_again(shared_demo_wiring: Wiring) -> None:
    reading = Reading(shared_demo_wiring.catalog)
    assert reading.songs(["nobody"]) == {}
    with statements(shared_demo_wiring) as seen:
        assert reading.songs(["nobody"]) == reading.features([]) == {}
        assert seen == []


@pytest.mark.parametrize(("shelved", "most"), [(True, 6), (False, 9)], ids=["from files", "from SQL"])
@pytest.mark.parametrize("query", [SENTENCE, PHRASES], ids=["a sentence", "four phrases"])
def test_a_question_takes_few_statements(demo_wiring: Wiring, query: Query, shelved: bool, most: int) -> None:
    if shelved:
        assert demo_wiring.shelf.write()
    else:
        shutil.rmtree(demo_wiring.settings.home / "shelf", ignore_errors=True)
    search(demo_wiring, Query(text="warm up"))
    with statements(demo_wiring) as seen:
        assert search(demo_wiring, query).songs
    assert len([one for one in seen if one.startswith("SELECT")]) <= most, "\n".join(seen)
    read = [one for one in seen if "FROM songs" in one and "songs.id IN" in one]
    assert len(read) == (1 if shelved else 2), "\n".join(seen)

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from patience import PATIENCE_SECONDS
from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.facade import RecommendationService
from reelscore.index.edge.index import EdgeIndex
from reelscore.library.index_sync import index_status, rebuild_indexes
from reelscore.maintenance.check import check_library
from reelscore.query.form import Query
from reelscore.records import MusicQuery, Song
from reelscore.search.engine import search
from reelscore.search.reading import Reading
from reelscore.search.retrieve import retrieve
from reelscore.search.seeds import Seed
from reelscore.search.understand import Understood
from reelscore.wiring import Wiring


def answers(wiring: Wiring) -> list[str]:
    return [song["id"] for song in RecommendationService(wiring).recommend_by_text_query("piano", limit=28)]


def reopened(wiring: Wiring) -> Wiring:
    wiring.close()
    return Wiring(wiring.settings)


def test_a_song_that_a_crash_left_out_of_the_index_is_there_after_a_restart(demo_wiring: Wiring) -> None:
    before = answers(demo_wiring)
    lost = before[:3]
    for space in demo_wiring.embedders.spaces:
        demo_wiring.index(space).delete(lost)
        demo_wiring.catalog.mark_all_pending(space)
    wiring = reopened(demo_wiring)
    assert answers(wiring) == before
    assert check_library(wiring)["ok"]
    wiring.close()


def test_an_index_that_lost_songs_without_a_mark_is_refilled(demo_wiring: Wiring) -> None:
    before = answers(demo_wiring)
    demo_wiring.index("lite-1").delete(before[:3])
    wiring = reopened(demo_wiring)
    assert answers(wiring) == before
    wiring.close()


def test_whatever_writes_many_songs_has_their_graph_built(
    demo_wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    info = EdgeIndex.info
    monkeypatch.setattr(EdgeIndex, "info", lambda index: replace(info(index), status="yellow"))
    monkeypatch.setattr(EdgeIndex, "optimize", lambda index: built.append(index.name))
    rebuild_indexes(demo_wiring)
    assert built == [*demo_wiring.embedders.spaces]


def test_a_deleted_index_folder_is_refilled(demo_wiring: Wiring) -> None:
    before = answers(demo_wiring)
    demo_wiring.close()
    shutil.rmtree(demo_wiring.settings.index_dir)
    wiring = Wiring(demo_wiring.settings)
    assert answers(wiring) == before
    wiring.close()


def test_a_damaged_index_is_mended_by_a_rebuild(demo_wiring: Wiring) -> None:
    before = answers(demo_wiring)
    demo_wiring.close()
    folder = demo_wiring.settings.index_dir / "lite-1"
    for path in folder.rglob("*.json"):
        path.write_text("not json")
    wiring = Wiring(demo_wiring.settings)
    assert index_status(wiring)[0]["status"] == "red"
    problems = check_library(wiring)["problems"]
    assert any("lite-1" in problem for problem in problems)
    assert rebuild_indexes(wiring)["lite-1"] == 28
    assert answers(wiring) == before
    assert check_library(wiring)["ok"]
    wiring.close()


def test_a_removed_song_leaves_every_index(demo_wiring: Wiring) -> None:
    gone = answers(demo_wiring)[0]
    demo_wiring.catalog.remove([gone])
    wiring = reopened(demo_wiring)
    assert gone not in answers(wiring)
    assert check_library(wiring)["ok"]
    wiring.close()


def test_a_check_names_files_that_are_gone(demo_wiring: Wiring, tmp_path: Path) -> None:
    songs, _ = demo_wiring.catalog.list_songs(limit=1)
    from dataclasses import replace

    from reelscore.records import Track

    known = {name: getattr(songs[0], name) for name in ("source", "source_id", "title", "artists")}
    demo_wiring.catalog.refresh([replace(Track(**known), uri=str(tmp_path / "gone.opus"))])
    problems = check_library(demo_wiring)["problems"]
    assert [problem for problem in problems if "gone.opus" in problem]


def test_a_library_that_cannot_be_written_says_so() -> None:
    from reelscore.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="REELSCORE_HOME"):
        _ = Wiring(Settings(home=Path("/proc/nowhere"))).catalog


def test_parts_are_made_once_whoever_asks_first(tmp_path: Path) -> None:
    for _ in range(3):
        wiring = Wiring(Settings(home=tmp_path / "home"))
        asks: list[Callable[[], object]] = [
            lambda wiring=wiring: wiring.catalog,  # type: ignore[misc]
            lambda wiring=wiring: wiring.embedders,  # type: ignore[misc]
            lambda wiring=wiring: wiring.index("lite-1"),  # type: ignore[misc]
        ]
        start = threading.Barrier(6)
        found: list[list[object]] = [[], [], []]

        def ask(number: int, asks=asks, start=start, found=found) -> None:  # type: ignore[no-untyped-def]
            start.wait(PATIENCE_SECONDS)
            found[number % 3].append(asks[number % 3]())

        threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        assert [len({id(part) for part in parts}) for parts in found] == [1, 1, 1]
        assert [len(parts) for parts in found] == [2, 2, 2]  # and nobody waits for somebody who waits
        wiring.close()


def test_a_song_in_which_nothing_was_heard_is_refused_in_a_line(
    demo_wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite, taggers = (
        np.zeros(demo_wiring.embedders.space(n).dim, np.float32) for n in ("lite-1", "taggers-1")
    )
    silent = Seed("x", Song("", "file", "x", "x"), {"lite-1": lite, "taggers-1": taggers})
    monkeypatch.setattr("reelscore.search.understand.read_seeds", lambda *_: (silent, ()))
    with pytest.raises(InvalidInputError, match="nothing was heard"):
        search(demo_wiring, Query(song="x"))
    taggers[0] = 1.0
    question = Understood(Query(song="x"), MusicQuery(()), None, "lite-1", seed=silent)
    found = retrieve(demo_wiring, Reading(demo_wiring.catalog), question, 5)
    assert 5 <= len(found.ids) <= 6  # only the space that says something finds songs

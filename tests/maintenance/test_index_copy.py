from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asked import Asking
from qdrant_server import local_qdrant_wiring, open_local_index, open_remote_index, serve_qdrant
from reelscore.config import Settings
from reelscore.errors import CancelledError, StorageError, TransientStorageError
from reelscore.filters.table import Filters
from reelscore.index.edge.index import EdgeIndex
from reelscore.index.qdrant.index import ServerIndex
from reelscore.library.index_sync import (
    complete_index,
    heal_library,
    open_index,
    rebuild_indexes,
    update_indexes,
)
from reelscore.library.service import Library
from reelscore.maintenance.check import check_library
from reelscore.maintenance.index_copy import compare_answers, copy_index, copy_indexes
from reelscore.records import Hit, Progress, Track, TrackEmbedding
from reelscore.wiring import Wiring

SPACE = "lite-1"
SOME_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def on_server(demo_wiring: Wiring) -> Iterator[Wiring]:
    """The library of `demo_wiring` with an empty Qdrant server."""
    wiring = local_qdrant_wiring(demo_wiring.settings.home)
    yield wiring
    wiring.close()


def answers(wiring: Wiring) -> list[str]:
    return [song["id"] for song in Asking(wiring).recommend_by_text_query("piano", limit=28)]


def test_every_space_is_copied_and_compared(demo_wiring: Wiring, on_server: Wiring) -> None:
    told: list[Progress] = []
    reports = copy_indexes(demo_wiring, on_server, told.append)
    assert [report.space for report in reports] == list(demo_wiring.embedders.spaces)
    for report in reports:
        assert report.ok
        assert (report.vectors, report.written, report.removed) == (28, 28, 0)
        assert (report.source_points, report.target_points, report.filterable) == (28, 28, 28)
        assert (report.queries, report.agreeing) == (28, 28)
        assert report.largest_difference < 1e-6
        assert report.to_dict()["ok"] is True
    assert told[-1].done == told[-1].total == 28
    assert answers(on_server) == answers(demo_wiring)


def test_a_server_is_copied_back_into_an_empty_edge(on_server: Wiring, tmp_path: Path) -> None:
    source = open_index(on_server, SPACE)
    target = EdgeIndex(tmp_path / "edge", SPACE, source.dim)
    report = copy_index(on_server.catalog, source, target)
    assert report.ok
    assert target.ids() == source.ids()
    target.close()


def test_what_the_library_does_not_have_goes_out_of_the_target(demo_wiring: Wiring) -> None:
    source = open_index(demo_wiring, SPACE)
    target = open_local_index(SPACE, source.dim)
    stranger = "5f0c7d9e-6a43-5c55-9c1b-0a7f3d1f0b11"
    target.upsert([stranger], np.ones((1, source.dim), np.float32))
    report = copy_index(demo_wiring.catalog, source, target)
    assert (report.removed, report.target_points) == (1, 28)
    assert report.ok


def test_a_copy_that_was_cut_off_is_completed_by_the_next(
    demo_wiring: Wiring, on_server: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelscore.library.index_sync._TOGETHER", 10)

    def stop(progress: Progress) -> None:
        if progress.done >= 10:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        copy_indexes(demo_wiring, on_server, stop)
    assert on_server.index(SPACE).info().points == 10
    assert all(report.ok for report in copy_indexes(demo_wiring, on_server))


def test_an_index_that_answers_differently_is_found_out(demo_wiring: Wiring) -> None:
    source = open_index(demo_wiring, SPACE)

    class Lossy(EdgeIndex):
        def search(self, *positional: object, **named: object) -> list[Hit]:
            return source.search(*positional, **named)[1:]  # type: ignore[arg-type]

    target = Lossy(demo_wiring.settings.home / "other", SPACE, source.dim)
    report = copy_index(demo_wiring.catalog, source, target)
    assert not report.ok
    assert report.agreeing == 0
    target.close()


def test_nearly_equal_songs_may_change_places_and_fall_off_the_end() -> None:
    one = [Hit("a", 0.9), Hit("b", 0.5), Hit("c", 0.499999)]
    assert compare_answers(one, [Hit("a", 0.9000001), Hit("c", 0.5), Hit("b", 0.499999)])[0]
    assert compare_answers(one, [Hit("a", 0.9), Hit("b", 0.5), Hit("d", 0.499999)])[0]
    assert not compare_answers(one, [Hit("d", 0.9), Hit("b", 0.5), Hit("c", 0.499999)])[0]
    assert not compare_answers(one, one[:2])[0]
    assert compare_answers(one, [Hit("a", 0.95), *one[1:]]) == (False, pytest.approx(0.05))
    assert compare_answers([], []) == (True, 0.0)


# --- a library on a server ---------------------------------------------------------------------------


def test_an_empty_server_is_filled_when_the_library_is_opened(on_server: Wiring, demo_wiring: Wiring) -> None:
    assert answers(on_server) == answers(demo_wiring)
    heal_library(on_server)
    assert check_library(on_server)["problems"] == []
    assert rebuild_indexes(on_server)[SPACE] == 28
    assert answers(on_server) == answers(demo_wiring)


def test_searches_of_others_go_on_while_a_server_is_filled_anew(demo_library_home: Path) -> None:
    with serve_qdrant() as server:
        settings = Settings(home=demo_library_home, QDRANT_URL=server.url)
        one, other = Wiring(settings), Wiring(settings)
        before = answers(one)
        assert answers(other) == before
        gone = before[-1]
        index = one.index(SPACE)
        index.upsert([gone], -np.ones((1, index.dim), np.float32))  # an old vector, which no mark tells of
        index.upsert([SOME_ID], np.ones((1, index.dim), np.float32))
        found: list[int] = []
        written = rebuild_indexes(one, lambda _: found.append(len(set(answers(other)) & set(before))))
        assert written == dict.fromkeys(one.embedders.spaces, 28)
        assert found and set(found) == {28}
        assert not server.asked("DELETE /collections/lite-1")
        assert answers(other) == before and one.index(SPACE).info().points == 28
        one.close()
        other.close()


def test_a_collection_of_other_vectors_is_dropped_by_a_rebuild_which_says_so(on_server: Wiring) -> None:
    assert on_server.qdrant is not None
    ServerIndex(on_server.qdrant, SPACE, 7).upsert([SOME_ID], np.ones((1, 7), np.float32))
    with pytest.raises(StorageError, match="index rebuild"):
        answers(on_server)
    told: list[str] = []
    assert rebuild_indexes(on_server, tell=told.append)[SPACE] == 28
    assert len(told) == 1 and SPACE in told[0]
    assert len(answers(on_server)) == 28


def test_only_what_is_missing_is_written_to_a_server(demo_library_home: Path) -> None:
    with serve_qdrant() as server:
        settings = Settings(home=demo_library_home, QDRANT_URL=server.url)
        first = Wiring(settings)
        before = answers(first)
        first.index(SPACE).delete(before[:3])
        first.close()
        server.seen.clear()
        second = Wiring(settings)
        assert answers(second) == before
        second.close()
        writes = [
            request.body["batch"]["ids"] for request in server.asked(f"PUT /collections/{SPACE}/points")
        ]
        assert writes == [sorted(before[:3])]
        assert not server.asked("DELETE /collections")


def test_facets_of_an_older_version_are_written_anew(on_server: Wiring) -> None:
    index = open_index(on_server, SPACE)
    ids = sorted(index.ids())
    for some, vectors in on_server.catalog.track_vectors(SPACE, ids[:5]):
        index.upsert(some, vectors)
    assert index.info().filterable == 23
    on_server.sync.compared.clear()
    assert open_index(on_server, SPACE).info().filterable == 28
    assert len(index.search(np.ones(index.dim), 28, where=Filters(sources=("demo",)))) == 28


def test_an_index_that_was_not_used_for_a_while_is_brought_up_to_date(demo_library_home: Path) -> None:
    with serve_qdrant() as server:
        embedded = Settings(home=demo_library_home)
        shared = Settings(home=demo_library_home, QDRANT_URL=server.url)
        wiring = Wiring(shared)
        gone, lost, *rest = answers(wiring)
        Library(wiring).remove(gone)
        wiring.close()
        wiring = Wiring(embedded)
        # As many songs as SQL has, but not the same ones: counts alone would not tell.
        wiring.index(SPACE).delete([lost])
        assert gone in wiring.index(SPACE).ids()
        assert sorted(answers(wiring)) == sorted([lost, *rest])
        wiring.close()


def test_completing_writes_nothing_twice(on_server: Wiring) -> None:
    index = open_index(on_server, SPACE)
    assert complete_index(on_server.catalog, index) == (0, 0)
    gone = sorted(index.ids())[:2]
    on_server.catalog.remove(gone)
    assert complete_index(on_server.catalog, index) == (0, 2)
    assert complete_index(on_server.catalog, index, rewrite=True) == (26, 0)


def test_two_processes_may_have_a_library_open_on_a_server(demo_library_home: Path) -> None:
    with serve_qdrant() as server:
        settings = Settings(home=demo_library_home, QDRANT_URL=server.url, QDRANT_API_KEY="")
        one, two = Wiring(settings), Wiring(settings)
        assert one.ownership is None
        assert answers(one) == answers(two)
        one.close()
        assert answers(two)
        two.close()


def test_a_collection_that_was_dropped_is_filled_again_by_whoever_asks(demo_library_home: Path) -> None:
    with serve_qdrant() as server:
        settings = Settings(home=demo_library_home, QDRANT_URL=server.url)
        one, two = Wiring(settings), Wiring(settings)
        before = answers(one)
        index = two.index(SPACE)
        assert isinstance(index, ServerIndex)
        index.drop()
        with pytest.raises(TransientStorageError):
            answers(one)
        assert answers(one) == before
        one.close()
        two.close()


def test_a_song_that_another_process_replaces_meanwhile_is_found_as_it_is_now(
    demo_library_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_qdrant() as server:
        settings = Settings(home=demo_library_home, QDRANT_URL=server.url)
        slow, quick = Wiring(settings), Wiring(settings)
        heal_library(slow)
        heal_library(quick)
        replaced, restated, gone, *_ = sorted(slow.catalog.track_ids(SPACE))
        slow.catalog.add_embeddings(slow.catalog.window_vectors(SPACE, [replaced, restated, gone]))
        index = slow.index(SPACE)
        vector = np.eye(index.dim, dtype=np.float32)[0]
        write = index.upsert
        calls = 0

        def write_late(*what: Any) -> None:
            nonlocal calls
            calls += 1
            if calls == 1:  # what `slow` has read is old by the time that it is written
                quick.catalog.add_embeddings(
                    {replaced: TrackEmbedding(SPACE, vector, vector[None], (0.0,), 10.0)}
                )
                song = quick.catalog.song(restated)
                quick.catalog.refresh(
                    [Track("demo", song.source_id, song.title, genre="polka", uri=song.uri)]
                )
                quick.catalog.remove([gone])
                update_indexes(quick)
            write(*what)

        monkeypatch.setattr(index, "upsert", write_late)
        update_indexes(slow)
        assert quick.index(SPACE).search(vector, 1) == [Hit(replaced, pytest.approx(1.0))]
        assert [hit.id for hit in quick.index(SPACE).search(vector, 9, where=Filters(genres=("polka",)))] == [
            restated
        ]
        assert gone not in quick.index(SPACE).ids()
        assert quick.catalog.pending(SPACE) == quick.catalog.removed(SPACE) == []
        slow.close()
        quick.close()


def test_a_server_that_is_away_makes_the_library_red_and_not_unusable(demo_library_home: Path) -> None:
    wiring = Wiring(Settings(home=demo_library_home, QDRANT_HOST="127.0.0.1", QDRANT_PORT="1"))
    problems = check_library(wiring)["problems"]
    assert any("http://127.0.0.1:1 cannot be reached" in problem for problem in problems)
    assert Library(wiring).songs()["total"] == 28
    wiring.close()


def test_a_home_that_cannot_be_written_is_told_with_a_server_too() -> None:
    from reelscore.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="REELSCORE_HOME"):
        _ = Wiring(Settings(home=Path("/proc/nowhere"), QDRANT_HOST="localhost")).catalog


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, None),
        ({"QDRANT_HOST": ""}, None),
        ({"QDRANT_HOST": "localhost"}, "http://localhost:6333"),
        ({"QDRANT_HOST": "::1", "QDRANT_PORT": "7000"}, "http://[::1]:7000"),
        ({"QDRANT_HOST": "https://host:7000"}, "https://host:7000"),
        ({"QDRANT_URL": "https://host:443", "QDRANT_HOST": "localhost"}, "https://host:443"),
    ],
)
def test_the_server_is_named_as_documented(given: dict[str, str], address: str | None) -> None:
    assert Settings(**given).qdrant_address == address


def test_the_settings_reach_the_connection(tmp_path: Path) -> None:
    wiring = Wiring(
        Settings(
            home=tmp_path,
            QDRANT_URL="https://host",
            QDRANT_API_KEY="secret",
            qdrant_prefix="mine-",
            qdrant_quantization="int8",
            qdrant_batch_mb=2,
        )
    )
    assert wiring.qdrant is not None
    options = wiring.qdrant.options
    assert (options.url, options.port, options.api_key) == ("https://host", 6333, "secret")
    assert (options.prefix, options.quantized, options.batch_bytes) == ("mine-", True, 2_000_000)
    wiring.close()


def test_an_index_over_http_reports_its_state(demo_wiring: Wiring) -> None:
    source = open_index(demo_wiring, SPACE)
    with serve_qdrant() as server:
        target = open_remote_index(server.url, SPACE, source.dim, quantized=True)
        assert copy_index(demo_wiring.catalog, source, target).ok
        assert target.info().status == "green"

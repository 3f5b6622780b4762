"""What every vector index keeps, asked of each backend."""

from __future__ import annotations

import os
import pickle
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memory_index import MemoryIndex
from qdrant_server import open_local_index, open_remote_index, serve_qdrant
from reelscore.errors import InvalidInputError, StorageError
from reelscore.filters.facets import FACETS_VERSION, clauses, matches
from reelscore.filters.table import Filters
from reelscore.index.base import VectorIndex
from reelscore.index.edge.index import EdgeIndex
from reelscore.index.proxy import IndexProxy, do_for_other
from reelscore.index.qdrant.connection import Connection, ServerOptions
from reelscore.index.qdrant.index import ServerIndex
from reelscore.records import FloatArray

DIM = 24
IDS = sorted(str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))) for number in range(300))

# Read before the tests begin, since they see no settings of whoever runs them.
REAL_SERVER = os.environ.get("REELSCORE_TEST_QDRANT_URL", "")
REAL_KEY = os.environ.get("REELSCORE_TEST_QDRANT_API_KEY")


@contextmanager
def over_http(folder: Path) -> Iterator[VectorIndex]:
    with serve_qdrant() as server, closing(open_remote_index(server.url, "space-1", DIM)) as index:
        yield index


@contextmanager
def proxy(folder: Path) -> Iterator[VectorIndex]:
    """As a process has it that answers for the owner; what goes between them is pickled."""
    with closing(EdgeIndex(folder, "space-1", DIM)) as own:

        def ask(space: str, method: str, *arguments: Any) -> Any:
            assert space == own.name
            return pickle.loads(
                pickle.dumps(do_for_other(own, method, *pickle.loads(pickle.dumps(arguments))))
            )

        yield IndexProxy(ask, "space-1", DIM)


@contextmanager
def on_a_real_server(folder: Path) -> Iterator[VectorIndex]:
    prefix = f"test-{uuid.uuid4()}-"
    index = open_remote_index(REAL_SERVER, "space-1", DIM, api_key=REAL_KEY, prefix=prefix)
    yield index
    again = open_remote_index(REAL_SERVER, "space-1", DIM, api_key=REAL_KEY, prefix=prefix)
    again.drop()
    index.close()


OPENERS: dict[str, Callable[[Path], AbstractContextManager[VectorIndex]]] = {
    "edge": lambda folder: closing(EdgeIndex(folder, "space-1", DIM)),
    "http": over_http,
    "proxy": proxy,
    "local": lambda folder: closing(open_local_index("space-1", DIM)),
    "memory": lambda folder: closing(MemoryIndex("space-1", DIM)),
    "real server": on_a_real_server,
}
NO_SERVER = pytest.mark.skipif(not REAL_SERVER, reason="REELSCORE_TEST_QDRANT_URL names no Qdrant server")
BACKENDS = [
    pytest.param(name, marks=[NO_SERVER] if name == "real server" else []) for name in sorted(OPENERS)
]


def unit_vectors(count: int, seed: int = 0) -> FloatArray:
    matrix = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=BACKENDS)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    with OPENERS[request.param](tmp_path / "index") as opened:
        yield opened


def test_a_new_collection_is_empty(index: VectorIndex) -> None:
    assert index.ids() == set()
    assert index.info().points == index.count() == 0
    assert index.search(unit_vectors(1)[0], 5) == []


def test_scores_are_cosines_best_first(index: VectorIndex) -> None:
    vectors = unit_vectors(300)
    index.upsert(IDS, vectors)
    assert index.count() == len(IDS)
    query = unit_vectors(1, seed=9)[0]
    expected = vectors @ query
    hits = index.search(query, 10)
    assert [hit.id for hit in hits] == [IDS[place] for place in np.argsort(-expected)[:10]]
    assert np.allclose([hit.score for hit in hits], np.sort(expected)[::-1][:10], atol=1e-5)


@pytest.mark.parametrize("filters", [None, Filters(tags=("piano",))])
def test_a_batch_finds_what_single_searches_find(index: VectorIndex, filters: Filters | None) -> None:
    vectors = unit_vectors(300)
    vectors[40:60] = vectors[40]  # ties, which need another round for some of the queries
    index.upsert(IDS, vectors)
    queries = np.stack([*unit_vectors(3, seed=21), vectors[40]])
    batch = index.search_batch(queries, 7, exclude=IDS[:3], where=filters)
    assert batch == [index.search(query, 7, exclude=IDS[:3], where=filters) for query in queries]
    assert index.search_batch(queries[:0], 7) == []


def test_vectors_of_any_length_are_compared_by_angle(index: VectorIndex) -> None:
    vectors = unit_vectors(3)
    index.upsert(IDS[:3], vectors * np.array([[0.01], [1.0], [500.0]], np.float32))
    for place in range(3):
        best = index.search(vectors[place] * 7, 1)[0]
        assert best.id == IDS[place]
        assert best.score == pytest.approx(1.0, abs=1e-5)


def test_the_whole_library_can_be_asked_for(index: VectorIndex) -> None:
    index.upsert(IDS, unit_vectors(300))
    hits = index.search(unit_vectors(1, seed=3)[0], 10_000)
    assert {hit.id for hit in hits} == set(IDS)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_ties_are_ordered_by_id_also_at_the_end_of_the_list(index: VectorIndex) -> None:
    vectors = unit_vectors(300)
    vectors[50:250] = vectors[50]
    order = np.random.default_rng(5).permutation(300)
    index.upsert([IDS[place] for place in order], vectors[order])
    hits = index.search(vectors[50], 7)
    assert [hit.id for hit in hits] == IDS[50:57]
    assert len({hit.score for hit in hits}) == 1


def test_excluded_songs_stay_out_and_the_limit_is_still_met(index: VectorIndex) -> None:
    vectors = unit_vectors(300)
    index.upsert(IDS, vectors)
    everything = [hit.id for hit in index.search(vectors[4], 300)]
    assert everything[0] == IDS[4]
    hits = index.search(vectors[4], 10, exclude=[*everything[:20], "not-a-uuid", str(uuid.uuid4())])
    assert [hit.id for hit in hits] == everything[20:30]
    assert index.search(vectors[4], 10, exclude=IDS) == []


def test_an_id_that_exists_is_replaced(index: VectorIndex) -> None:
    vectors = unit_vectors(3)
    index.upsert(IDS[:2], vectors[:2])
    index.upsert([IDS[0]], vectors[2:])
    assert index.info().points == 2
    assert index.search(vectors[2], 1)[0].id == IDS[0]


def test_the_last_of_two_equal_ids_in_one_batch_counts(index: VectorIndex) -> None:
    vectors = unit_vectors(2)
    index.upsert([IDS[0], IDS[0].upper()], vectors)
    assert index.ids() == {IDS[0]}
    assert index.search(vectors[1], 1)[0].score == pytest.approx(1.0, abs=1e-5)


def test_deleting_ignores_unknown_ids(index: VectorIndex) -> None:
    index.upsert(IDS[:5], unit_vectors(5))
    index.delete([IDS[1], IDS[3], str(uuid.uuid4()), "nonsense"])
    assert index.ids() == {IDS[0], IDS[2], IDS[4]}
    assert index.info().points == 3


def test_clearing_leaves_an_empty_collection_that_works(index: VectorIndex) -> None:
    index.upsert(IDS, unit_vectors(300))
    index.clear()
    assert index.ids() == set()
    index.upsert(IDS[:2], unit_vectors(2))
    assert index.info().points == 2


def test_a_song_of_zeros_scores_zero_and_a_search_for_zeros_is_refused_in_a_line(index: VectorIndex) -> None:
    index.upsert(IDS[:4], np.vstack([unit_vectors(3), np.zeros((1, DIM), np.float32)]))
    hits = index.search(unit_vectors(1)[0], 4)
    assert {hit.id: hit.score for hit in hits}[IDS[3]] == 0.0
    with pytest.raises(InvalidInputError, match="all zeros") as refusal:
        index.search(np.zeros(DIM, np.float32), 3)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("ids", "vectors"),
    [
        (IDS[:1], np.zeros((1, DIM + 1), np.float32)),
        (IDS[:2], np.zeros((1, DIM), np.float32)),
        (IDS[:1], np.full((1, DIM), np.nan, np.float32)),
        (["song 1"], np.ones((1, DIM), np.float32)),
    ],
    ids=["wrong dimension", "wrong count", "not finite", "no uuid"],
)
def test_points_that_cannot_be_stored_are_refused(
    index: VectorIndex, ids: list[str], vectors: FloatArray
) -> None:
    with pytest.raises(InvalidInputError):
        index.upsert(ids, vectors)
    assert index.info().points == 0


def test_queries_that_make_no_sense_are_refused(index: VectorIndex) -> None:
    with pytest.raises(InvalidInputError, match="shape"):
        index.search(np.zeros(DIM - 1, np.float32), 3)
    with pytest.raises(InvalidInputError, match="finite"):
        index.search(np.full(DIM, np.inf, np.float32), 3)
    with pytest.raises(InvalidInputError, match="limit"):
        index.search(np.ones(DIM, np.float32), 0)


def test_optimizing_changes_no_answer(index: VectorIndex) -> None:
    index.upsert(IDS, unit_vectors(300))
    before = index.search(unit_vectors(1, seed=2)[0], 20)
    index.optimize()
    assert index.search(unit_vectors(1, seed=2)[0], 20) == before


def test_closing_twice_is_safe_and_a_closed_collection_says_so(index: VectorIndex) -> None:
    index.flush()
    index.close()
    index.close()
    with pytest.raises(StorageError, match="closed"):
        index.ids()


def test_several_threads_may_write_and_search(index: VectorIndex) -> None:
    vectors = unit_vectors(300)

    def work(part: int) -> None:
        for place in range(part, 300, 4):
            index.upsert([IDS[place]], vectors[place : place + 1])
            assert index.search(vectors[place], 1)[0].id == IDS[place]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert index.ids() == set(IDS)


@pytest.mark.parametrize("backend", [known for known in BACKENDS if known.values[0] != "memory"])
def test_backends_agree(backend: str, tmp_path: Path) -> None:
    vectors = unit_vectors(300, seed=11)
    answers = []
    for opener in (OPENERS["memory"], OPENERS[backend]):
        with opener(tmp_path / "index") as index:
            index.upsert(IDS, vectors)
            index.delete(IDS[10:20])
            answers.append([index.search(query, 300, exclude=IDS[:5]) for query in unit_vectors(20, seed=12)])
    for first, second in zip(*answers, strict=True):
        scores = {hit.id: hit.score for hit in second}
        assert {hit.id for hit in first} == set(scores)
        assert all(abs(hit.score - scores[hit.id]) < 1e-5 for hit in first)


@pytest.mark.parametrize("name", ["", "../up", "a/b", "lite~old", ".hidden", "x" * 101])
def test_names_that_are_no_folder_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        EdgeIndex(tmp_path, name, DIM)
    with pytest.raises(InvalidInputError):
        MemoryIndex(name, DIM)
    with pytest.raises(InvalidInputError):
        ServerIndex(Connection(ServerOptions("http://localhost:6333")), name, DIM)


# --- filters -----------------------------------------------------------------------------------------


def facets(place: int) -> dict[str, object]:
    """Facets of a song; every fifth has none that a filter asks for."""
    if place % 5 == 4:
        return {"version": "0"}
    return {
        "version": str(FACETS_VERSION),
        "source": ["folder"],
        "tag": [("piano", "harp", "drums")[place % 3], "happy" if place % 2 else "sad"],
        "key": [("C major", "A minor")[place % 2]],
        "tempo": 60.0 + place / 2,
    }


def passing(filters: Filters) -> list[str]:
    return [song for place, song in enumerate(IDS) if matches(facets(place), clauses(filters))]


FILTERS = {
    "tags": Filters(tags=("piano", "harp")),
    "without a tag": Filters(not_tags=("piano",)),
    "range": Filters(tempo_bpm=(100.0, 120.5)),
    "octaves": Filters(tempo_bpm=(140.0, 150.0), half_double=True),
    "open range": Filters(tempo_bpm=(None, 90.0)),
    "several": Filters(
        tags=("drums",), moods=("happy",), tempo_bpm=(80.0, None), key="C", compatible_keys=True
    ),
    "nothing": Filters(artists=("nobody",)),
    "everything": Filters(not_artists=("nobody",)),
}


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
def test_a_filter_gives_exactly_the_nearest_songs_that_pass(index: VectorIndex, filters: Filters) -> None:
    vectors = unit_vectors(300)
    index.upsert(IDS, vectors, [facets(place) for place in range(300)])
    query = unit_vectors(1, seed=9)[0]
    wanted = sorted(passing(filters), key=lambda song: -float(vectors[IDS.index(song)] @ query))
    assert [hit.id for hit in index.search(query, 300, where=filters)] == wanted
    assert [hit.id for hit in index.search(query, 7, where=filters)] == wanted[:7]
    hidden = wanted[:3]
    assert [hit.id for hit in index.search(query, 300, where=filters, exclude=hidden)] == wanted[3:]


def test_facets_are_replaced_with_their_song(index: VectorIndex) -> None:
    vectors = unit_vectors(2)
    index.upsert(IDS[:2], vectors, [facets(0), facets(1)])
    assert index.info().filterable == 2
    index.upsert(IDS[:1], vectors[:1], [facets(2)])
    assert [hit.id for hit in index.search(vectors[0], 5, where=Filters(tags=("drums",)))] == IDS[:1]
    assert index.search(vectors[0], 5, where=Filters(tags=("piano",))) == []
    index.upsert(IDS[:1], vectors[:1])
    assert index.info().filterable == 1
    assert index.search(vectors[0], 5, where=Filters(tags=("drums",))) == []


def test_facets_of_an_older_version_are_told_apart(index: VectorIndex) -> None:
    index.upsert(IDS[:5], unit_vectors(5), [facets(place) for place in range(5)])
    assert (index.info().points, index.info().filterable) == (5, 4)
    index.delete(IDS[:1])
    assert (index.info().points, index.info().filterable) == (4, 3)
    index.clear()
    assert index.info().filterable == 0


def test_as_many_facets_as_songs_are_needed(index: VectorIndex) -> None:
    with pytest.raises(InvalidInputError, match="payloads"):
        index.upsert(IDS[:2], unit_vectors(2), [facets(0)])

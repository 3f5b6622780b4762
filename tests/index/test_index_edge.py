"""What only the index on disk has: restarts, crashes, damage, owners, and the approximate index."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import qdrant_edge as engine

from patience import PATIENCE_SECONDS
from reelscore.errors import LibraryBusyError, StorageError
from reelscore.filters.facets import FACETS_VERSION
from reelscore.filters.table import Filters
from reelscore.index.edge import filters as edge_filters
from reelscore.index.edge.index import EdgeIndex
from reelscore.records import FloatArray

DIM = 16
SPACE = "lite-1"


def song_ids(count: int) -> list[str]:
    return [str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))) for number in range(count)]


def unit_vectors(count: int, seed: int = 0, dim: int = DIM) -> FloatArray:
    matrix = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    unit: FloatArray = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path, SPACE, DIM)
    index.upsert(song_ids(50), unit_vectors(50))
    index.close()
    again = EdgeIndex(tmp_path, SPACE, DIM)
    assert again.ids() == set(song_ids(50))
    assert again.search(unit_vectors(50)[3], 1)[0].id == song_ids(50)[3]
    again.close()


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says what of a file is mapped")
def test_an_index_of_few_songs_takes_no_memory_for_those_that_are_not_there(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path, SPACE, DIM)
    index.upsert(song_ids(50), unit_vectors(50))
    index.close()
    again = EdgeIndex(tmp_path, SPACE, DIM)
    assert len(again.search(unit_vectors(50)[3], 10)) == 10
    kilobytes: dict[str, int] = {}
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            name = line.split()[-1]
        elif line.startswith("Rss:") and name.startswith(str(tmp_path)):
            kilobytes[name] = kilobytes.get(name, 0) + int(line.split()[1])
    again.close()
    assert any("vector_storage" in name for name in kilobytes)
    assert sum(kilobytes.values()) < 4_000


WRITER = """
import sys, time, numpy as np
from pathlib import Path
from reelscore.index.edge.index import EdgeIndex
sys.path[:0] = [{here!r}, {above!r}]
from test_index_edge import DIM, SPACE, song_ids, unit_vectors
index = EdgeIndex(Path({folder!r}), SPACE, DIM)
for place in range(60):
    index.upsert([song_ids(60)[place]], unit_vectors(60)[place:place + 1])
print("written", flush=True)
time.sleep(60)
"""


def start_writer(folder: Path) -> subprocess.Popen[str]:
    here = Path(__file__).parent
    code = WRITER.format(here=str(here), above=str(here.parent), folder=str(folder))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    return child


def test_a_killed_process_loses_nothing_and_blocks_nobody(tmp_path: Path) -> None:
    child = start_writer(tmp_path)
    try:
        with pytest.raises(LibraryBusyError, match="another process"):
            EdgeIndex(tmp_path, SPACE, DIM)
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    index = EdgeIndex(tmp_path, SPACE, DIM)
    assert index.ids() == set(song_ids(60))
    index.close()


def damage_config(shard: Path) -> None:
    (shard / "edge_config.json").write_text("not json")


def damage_segments(shard: Path) -> None:
    for path in shard.glob("segments/*/segment.json"):
        path.write_bytes(b"\x00garbage")


def damage_log(shard: Path) -> None:
    for path in shard.glob("wal/open-*"):
        path.write_bytes(os.urandom(4096))


@pytest.mark.parametrize("damage", [damage_config, damage_segments, damage_log])
def test_a_damaged_folder_is_named_with_the_way_out(damage: object, tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path, SPACE, DIM)
    index.upsert(song_ids(20), unit_vectors(20))
    index.close()
    assert callable(damage)
    damage(tmp_path / SPACE)
    with pytest.raises(StorageError, match="reelscore index rebuild") as caught:
        EdgeIndex(tmp_path, SPACE, DIM)
    assert "\n" not in str(caught.value)


def test_vectors_of_another_length_are_a_storage_error(tmp_path: Path) -> None:
    EdgeIndex(tmp_path, SPACE, DIM).close()
    with pytest.raises(StorageError, match="rebuild"):
        EdgeIndex(tmp_path, SPACE, DIM + 1)


def test_a_place_that_is_no_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    with pytest.raises(StorageError, match="cannot make"):
        EdgeIndex(tmp_path / "index", SPACE, DIM)


def test_writes_after_a_build_count_however_many_came_before_it(tmp_path: Path) -> None:
    ids, vectors = song_ids(300), unit_vectors(300)
    index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=100)
    for place in range(300):
        index.upsert([ids[place]], vectors[place : place + 1])
    index.optimize()
    index.delete([ids[250]])
    index.upsert([ids[260]], -vectors[260:261])
    assert index.ids() == {*ids} - {ids[250]}
    assert index.search(-vectors[260], 1)[0].score == pytest.approx(1.0, abs=1e-5)
    index.close()
    again = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=100)
    assert again.ids() == {*ids} - {ids[250]}
    again.close()


def test_the_approximate_index_is_built_while_others_search_and_write(tmp_path: Path) -> None:
    ids, vectors = song_ids(2400), unit_vectors(2400)
    index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    index.upsert(ids[:2000], vectors[:2000])
    assert index.info().status == "yellow"

    place = 2000
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(index.optimize)
        while not building.done():
            assert index.search(vectors[1999], 1)[0].id == ids[1999]
            if place < 2400:
                index.upsert([ids[place]], vectors[place : place + 1])
                index.delete([ids[place - 2000]])
                place += 1
            assert len(index.ids()) == 2000
            time.sleep(0.005)
        building.result()
    assert place > 2000  # the binding's own `optimize` stops every thread until it is done

    info = index.info()
    assert (info.points, info.status) == (2000, "green")
    assert info.indexed >= 1000
    assert index.ids() == set(ids[place - 2000 : place])
    index.close()
    again = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    assert again.ids() == set(ids[place - 2000 : place])
    assert again.info().indexed >= 1000
    assert len(again.search(vectors[1999], 5000)) == 2000
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == [SPACE]


def test_the_approximate_index_finds_nearly_the_same_songs(tmp_path: Path) -> None:
    ids, vectors = song_ids(3000), unit_vectors(3000)
    index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    index.upsert(ids, vectors)
    queries = unit_vectors(50, seed=4)
    exact = [{hit.id for hit in index.search(query, 10)} for query in queries]
    index.optimize()
    assert index.info().indexed == 3000
    near = [{hit.id for hit in index.search(query, 10)} for query in queries]
    assert np.mean([len(a & b) / 10 for a, b in zip(exact, near, strict=True)]) > 0.95
    index.close()


def test_the_approximate_index_walks_copies_and_scores_by_the_vectors(tmp_path: Path) -> None:
    ids, vectors = song_ids(3000), unit_vectors(3000)
    index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    index.upsert(ids, vectors)
    index.optimize()
    index.upsert(ids[:1], -vectors[:1])  # beside the graph, without a copy
    index.close()
    again = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    place = {song: at for at, song in enumerate(ids)}
    for query in (*unit_vectors(20, seed=6), -vectors[0]):
        for hit in again.search(query, 20):
            stored = -vectors[0] if hit.id == ids[0] else vectors[place[hit.id]]
            assert hit.score == pytest.approx(float(stored @ query), abs=1e-6)
    again.close()
    segments = [json.loads(path.read_text()) for path in tmp_path.glob("*/segments/*/segment.json")]
    (graph,) = [
        one["config"]["vector_data"][""]
        for one in segments
        if one["config"]["vector_data"][""]["index"]["type"] == "hnsw"
    ]
    assert graph["quantization_config"]["scalar"]["type"] == "int8"


def test_songs_that_were_written_again_are_due_for_another_build(tmp_path: Path) -> None:
    # The engine calls what lies beside the graph unindexed from 10 MB on.
    ids, dim = song_ids(3200), 1024
    vectors = unit_vectors(3200, dim=dim)
    index = EdgeIndex(tmp_path, SPACE, dim, approximate_from=1000)
    index.upsert(ids, vectors)
    index.optimize()
    assert (index.info().indexed, index.info().status) == (3200, "green")
    index.upsert(ids, -vectors)  # as an upgrade of what filters ask for does
    assert (index.info().indexed, index.info().status) == (0, "yellow")
    index.optimize()
    assert (index.info().indexed, index.info().status) == (3200, "green")
    assert index.search(-vectors[7], 1)[0].id == ids[7]
    index.close()


def test_closing_during_a_build_ends_it(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    index.upsert(song_ids(2000), unit_vectors(2000))
    with ThreadPoolExecutor(1) as pool:
        building = pool.submit(index.optimize)
        while not (tmp_path / f"{SPACE}~building").exists() and not building.done():
            time.sleep(0.001)
        index.close()
        building.result(timeout=PATIENCE_SECONDS)
    again = EdgeIndex(tmp_path, SPACE, DIM)
    assert again.info().points == 2000
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == [SPACE]


def test_a_process_that_died_while_swapping_heals_at_the_next_start(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path, SPACE, DIM)
    index.upsert(song_ids(10), unit_vectors(10))
    index.close()
    shutil.copytree(tmp_path / SPACE, tmp_path / f"{SPACE}~building")
    (tmp_path / SPACE).rename(tmp_path / f"{SPACE}~old")
    again = EdgeIndex(tmp_path, SPACE, DIM)
    assert again.ids() == set(song_ids(10))
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == [SPACE]


def test_filters_survive_a_restart_and_the_approximate_index(tmp_path: Path) -> None:
    ids, vectors = song_ids(1500), unit_vectors(1500)
    facets = [{"version": str(FACETS_VERSION), "tempo": float(place)} for place in range(1500)]
    index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    index.upsert(ids, vectors, facets)
    index.optimize()
    assert index.info().indexed >= 1000
    index.close()
    again = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
    query = unit_vectors(1, seed=5)[0]
    for low, high in ((200.0, 1300.0), (700.0, 720.0)):
        passing = range(int(low), int(high) + 1)
        wanted = sorted(passing, key=lambda place: -float(vectors[place] @ query))
        hits = again.search(query, 20, where=Filters(tempo_bpm=(low, high)))
        assert [hit.id for hit in hits] == [ids[place] for place in wanted[:20]]
    assert again.info().filterable == 1500
    again.close()


def test_a_build_takes_what_filters_read_out_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, vectors = song_ids(1500), unit_vectors(1500)
    facets = [{"version": str(FACETS_VERSION), "tempo": float(place)} for place in range(1500)]
    with monkeypatch.context() as patch:  # as an older version made them
        in_memory = {"version": engine.KeywordIndexParams(), "tempo": engine.FloatIndexParams()}
        patch.setattr(edge_filters, "_FIELDS", in_memory)
        index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=1000)
        index.upsert(ids, vectors, facets)
    index.optimize()
    index.upsert(ids[:1], vectors[:1], [{"version": str(FACETS_VERSION), "tempo": 5000.0}])
    found = index.search(vectors[3], 9, where=Filters(tempo_bpm=(1497.0, None)))
    assert {hit.id for hit in found} == {ids[0], *ids[1497:]}
    index.close()
    shard = engine.EdgeShard.load(str(tmp_path / SPACE))
    schema = shard.info().payload_schema
    assert {name: kept.params.memory for name, kept in schema.items()} == dict.fromkeys(
        edge_filters._FIELDS, engine.Memory.Cold
    )
    shard.close()


@pytest.mark.parametrize("large_from", [1000, 50_000])
@pytest.mark.parametrize("share", [1.0, 0.9, 0.6, 0.45, 0.1])
def test_broad_and_narrow_filters_are_exact(share: float, large_from: int, tmp_path: Path) -> None:
    count = 6000
    ids, vectors = song_ids(count), unit_vectors(count)
    vectors[2000:2300] = vectors[2000]  # equal songs, of which some pass
    rng = np.random.default_rng(8)
    energy = rng.random(count)
    index = EdgeIndex(tmp_path, SPACE, DIM, approximate_from=large_from)
    index.upsert(ids, vectors, [{"version": str(FACETS_VERSION), "energy": float(e)} for e in energy])
    for query in (vectors[2000], *unit_vectors(4, seed=6)):
        hits = index.search(query, 25, where=Filters(energy=(None, share)), exclude=ids[:40])
        scores = {hit.id: hit.score for hit in index.search(query, count)}
        passing = [song for song, e in zip(ids, energy, strict=True) if e <= share and song not in ids[:40]]
        wanted = sorted(passing, key=lambda song: (-scores[song], song))[:25]
        assert [hit.id for hit in hits] == wanted
    index.close()


def test_a_collection_without_facets_is_opened_and_says_so(tmp_path: Path) -> None:
    old = engine.EdgeShard.load(
        str(_folder(tmp_path / SPACE)),
        engine.EdgeConfig(vectors=engine.EdgeVectorParams(size=DIM, distance=engine.Distance.Cosine)),
    )
    points = [
        engine.Point(song, vector.tolist()) for song, vector in zip(song_ids(9), unit_vectors(9), strict=True)
    ]
    old.update(engine.UpdateOperation.upsert_points(points))
    old.flush()
    old.close()
    index = EdgeIndex(tmp_path, SPACE, DIM)
    assert (index.info().points, index.info().filterable) == (9, 0)
    assert len(index.search(unit_vectors(1)[0], 20)) == 9
    index.upsert(song_ids(1), unit_vectors(1), [{"version": str(FACETS_VERSION), "tempo": 99.0}])
    assert len(index.search(unit_vectors(1)[0], 20, where=Filters(tempo_bpm=(90.0, None)))) == 1
    index.close()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path

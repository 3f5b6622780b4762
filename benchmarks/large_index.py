"""An embedded index of very many vectors: writing, the graph, memory, and what searches find of the nearest.

    python benchmarks/large_index.py --songs 1000000 --dim 400 --folder /tmp/large

Vectors are drawn around 300 centres, as `drawn_library.py` draws them. The folder keeps the index; it takes
about 2 kB a song of 400 numbers, and three times as much while the graph is built.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
import uuid
from pathlib import Path

import numpy as np
import psutil

from drawn_library import CENTRES, draw_vectors
from reelscore.index.edge.index import EdgeIndex
from reelscore.records import FloatArray

BATCH, QUERIES, NEAREST, PAUSE = 5_000, 200, 200, 2.0


class Memory:
    """The most that this process and its children held at once, in MB: of their own, and of mapped files."""

    def __init__(self) -> None:
        self.most: dict[str, int] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def told(self) -> str:
        told, self.most = ", ".join(f"{name} {size} MB" for name, size in sorted(self.most.items())), {}
        return told

    def _watch(self) -> None:
        own = psutil.Process()
        while True:
            for process in (own, *own.children(recursive=True)):
                who = "own" if process is own else "child"
                try:
                    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
                except OSError:
                    continue
                for line in lines:
                    if line.startswith(("RssAnon:", "RssFile:")):
                        name = f"{who} {'mapped' if 'File' in line else 'private'}"
                        self.most[name] = max(self.most.get(name, 0), int(line.split()[1]) // 1024)
            time.sleep(0.3)


def song_id(number: int) -> str:
    """The id of a drawn song; the last half is its number."""
    return str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15 % 2**64) << 64 | number))


def fill(index: EdgeIndex, songs: int, dim: int, queries: FloatArray) -> np.ndarray:
    """Write drawn vectors; gives the numbers of those nearest to each query, best first."""
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((CENTRES, dim)).astype(np.float32)
    scores, numbers = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    for start in range(0, songs, BATCH):
        vectors = draw_vectors(rng, BATCH, dim, centres)
        ids = range(start, start + BATCH)
        index.upsert([song_id(number) for number in ids], vectors)
        scores = np.concatenate([scores, queries @ vectors.T], axis=1)
        numbers = np.concatenate([numbers, np.tile(np.array(ids), (len(queries), 1))], axis=1)
        best = np.argsort(-scores, axis=1)[:, :NEAREST]
        scores, numbers = np.take_along_axis(scores, best, 1), np.take_along_axis(numbers, best, 1)
    index.flush()
    return numbers


def drawn_queries(dim: int) -> FloatArray:
    centres = np.random.default_rng(3).standard_normal((CENTRES, dim)).astype(np.float32)
    return draw_vectors(np.random.default_rng(9), QUERIES, dim, centres)


def build(index: EdgeIndex, queries: FloatArray) -> list[float]:
    """Build the graph; gives how long searches took meanwhile, in ms."""
    building = threading.Thread(target=index.optimize)
    building.start()
    took = []
    while building.is_alive():
        began = time.perf_counter()
        index.search(queries[len(took) % QUERIES], 10)
        took.append(1e3 * (time.perf_counter() - began))
        building.join(PAUSE)
    return sorted(took)


def ask(index: EdgeIndex, queries: FloatArray, nearest: np.ndarray, wanted: int) -> str:
    took, found_ten, found = [], 0, 0
    for query, best in zip(queries, nearest.tolist(), strict=True):
        began = time.perf_counter()
        hits = index.search(query, wanted)
        took.append(1e3 * (time.perf_counter() - began))
        there = {uuid.UUID(hit.id).int % 2**64 for hit in hits}
        found_ten += len(there.intersection(best[:10]))
        found += len(there.intersection(best[:wanted]))
    took.sort()
    return (
        f"p50 {took[QUERIES // 2]:.1f}, p95 {took[QUERIES * 95 // 100]:.1f} ms; "
        f"of the 10 nearest {found_ten / QUERIES / 10:.4f}, of {wanted} {found / QUERIES / wanted:.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--songs", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=400)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    memory, queries = Memory(), drawn_queries(given.dim)
    index = EdgeIndex(given.folder, "drawn-1", given.dim)
    began = time.monotonic()
    nearest = fill(index, given.songs, given.dim, queries)
    print(f"{given.songs} x {given.dim} written in {time.monotonic() - began:.0f} s; {memory.told()}")
    began = time.monotonic()
    meanwhile = build(index, queries)
    burnt = os.times()
    print(
        f"graph built in {time.monotonic() - began:.0f} s, "
        f"{burnt.children_user + burnt.children_system:.0f} s of CPU; {memory.told()}; "
        f"searches meanwhile p50 {meanwhile[len(meanwhile) // 2]:.0f}, at most {meanwhile[-1]:.0f} ms"
    )
    index.close()
    began = time.monotonic()
    index = EdgeIndex(given.folder, "drawn-1", given.dim)
    print(f"opened in {time.monotonic() - began:.1f} s; {index.info()}")
    for wanted in (10, NEAREST, NEAREST):
        print(f"{wanted} asked for: {ask(index, queries, nearest, wanted)}")
    print(memory.told())
    index.close()


if __name__ == "__main__":
    main()

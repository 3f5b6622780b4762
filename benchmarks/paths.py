"""How even paths between random songs of a library are, beside walks to the nearest song on a straight line.

python benchmarks/paths.py --home ~/.local/share/reelscore --pairs 100
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.embedding.suite import EmbedderSuite
from reelscore.ranking.walks import PARTS, PATH_WEIGHTS, even_path, ground, mixes


def nearest_walk(vectors: np.ndarray, start: int, end: int, steps: int) -> list[int]:
    """On the straight line between two vectors, the nearest song to each place that is not taken yet."""
    path = [start]
    for place in range(1, steps + 1):
        share = place / (steps + 1)
        scores = vectors @ ((1 - share) * vectors[start] + share * vectors[end])
        scores[[*path, end]] = -np.inf
        path.append(int(np.argmax(scores)))
    return [*path, end]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=22)
    asked = parser.parse_args()
    catalog = Catalog(Settings(home=asked.home).sql_url)
    ids: list[str] = []
    blocks = []
    for some, block in catalog.track_vectors(EmbedderSuite.sound_space):
        ids += some
        blocks.append(block)
    vectors = np.concatenate(blocks)
    features = catalog.features(ids)
    catalog.close()
    walked = ground(vectors, [features.get(song) for song in ids])
    distances = walked.distances(PATH_WEIGHTS)
    rng = np.random.default_rng(asked.seed)
    pairs = [tuple(int(song) for song in rng.choice(len(ids), 2, replace=False)) for _ in range(asked.pairs)]
    print(f"{len(ids)} songs, {len(pairs)} pairs")
    heads = ("Steps", "Walk", "Unevenness", "Pairs within 20 %", "Tempo, octaves", "Key, places", "Energy")
    heads += ("Timbre", "Steps that mix", "Repeats", "ms")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for steps in (5, 10, 20):
        started = time.perf_counter()
        even = [even_path(distances, *pair, steps) for pair in pairs]
        milliseconds = 1000 * (time.perf_counter() - started) / len(pairs)
        straight = [nearest_walk(vectors, *pair, steps) for pair in pairs]
        for name, paths in (("even", even), ("nearest", straight)):
            lengths = [distances[path[:-1], path[1:]] for path in paths]
            uneven = np.array([np.abs(each - each.mean()).mean() / each.mean() for each in lengths])
            part = {
                each: np.mean([walked.parts[each][path[:-1], path[1:]].mean() for path in paths])
                for each in PARTS
            }
            mixing = np.mean(
                [
                    mixes(walked.parts["tempo"][step], walked.parts["key"][step])
                    for path in paths
                    for step in pairwise(path)
                ]
            )
            repeats = sum(len(path) - len(set(path)) for path in paths)
            print(
                f"| {steps} | {name} | {uneven.mean():.3f} | {(uneven <= 0.2).sum()} of {len(pairs)} "
                f"| {part['tempo']:.3f} | {part['key']:.2f} | {part['energy']:.3f} | {part['timbre']:.3f} "
                f"| {mixing:.0%} | {repeats} | {milliseconds if name == 'even' else 0:.0f} |"
            )


if __name__ == "__main__":
    main()

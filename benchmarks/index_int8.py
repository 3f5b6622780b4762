"""What int8 copies of the vectors cost in answers, measured with the server's engine inside this process.

    python benchmarks/index_int8.py

The vectors are drawn around 200 centres, so that near songs lie close together, which is the hard case.
"""

from __future__ import annotations

import tempfile
import time
import uuid

import numpy as np
import qdrant_edge as engine

DIM, SONGS, QUERIES, NEAREST = 512, 20_000, 100, 10


def make_vectors() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((200, DIM))
    songs = centres[rng.integers(200, size=SONGS)] + 0.8 * rng.standard_normal((SONGS, DIM))
    songs /= np.linalg.norm(songs, axis=1, keepdims=True)
    asked = songs[rng.integers(SONGS, size=QUERIES)] + 0.01 * rng.standard_normal((QUERIES, DIM))
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    return songs.astype(np.float32), asked.astype(np.float32)


def make_shard(folder: str, songs: np.ndarray) -> engine.EdgeShard:
    copies = engine.ScalarQuantizationConfig(engine.ScalarType.Int8, quantile=0.99, always_ram=True)
    vectors = engine.EdgeVectorParams(size=DIM, distance=engine.Distance.Cosine, on_disk=True)
    optimizers = engine.EdgeOptimizersConfig(indexing_threshold=1_000)
    config = engine.EdgeConfig(vectors=vectors, quantization_config=copies, optimizers=optimizers)
    shard = engine.EdgeShard.load(folder, config)
    for start in range(0, SONGS, 500):
        points = [
            engine.Point(str(uuid.UUID(int=place)), songs[place].tolist(), {})
            for place in range(start, min(start + 500, SONGS))
        ]
        shard.update(engine.UpdateOperation.upsert_points(points))
    shard.optimize()
    return shard


def main() -> None:
    songs, asked = make_vectors()
    nearest = np.argsort(-(songs @ asked.T), axis=0)[:NEAREST].T
    params, copies = engine.SearchParams, engine.QuantizationSearchParams
    ways = {
        "exact": params(exact=True),
        "approximate, vectors": params(hnsw_ef=256, quantization=copies(ignore=True)),
        "copies alone": params(hnsw_ef=256, quantization=copies(rescore=False, oversampling=1.0)),
    }
    for factor in (1.0, 2.0, 3.0):
        way = params(hnsw_ef=256, quantization=copies(rescore=True, oversampling=factor))
        ways[f"copies, {factor:.0f} x scored by the vectors"] = way
    with tempfile.TemporaryDirectory() as folder:
        shard = make_shard(folder, songs)
        for name, way in ways.items():
            found, error = 0, 0.0
            began = time.perf_counter()
            for query, wanted in zip(asked, nearest, strict=True):
                request = engine.SearchRequest(
                    query=engine.Query.Nearest(query.tolist()), limit=NEAREST, params=way
                )
                for point in shard.search(request):
                    place = uuid.UUID(str(point.id)).int
                    found += place in wanted
                    error = max(error, abs(point.score - float(songs[place] @ query)))
            seconds = (time.perf_counter() - began) / QUERIES
            print(
                f"{name:36} {found / nearest.size:6.1%} of the ten nearest, "
                f"scores off by {error:.1e} at most, {seconds * 1e3:.1f} ms"
            )
        shard.close()


if __name__ == "__main__":
    main()

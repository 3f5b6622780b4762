#!/usr/bin/env bash
# Qdrant Edge: vectors that were written again count as indexed, though the graph holds none of them.
#
# Versions: qdrant-edge-py 0.9.0 (of 2026) as published on PyPI.
# Source:   6,000 vectors of 1,024 numbers, optimize, and the same 6,000 ids upserted once more with other vectors; info() and a search with
#           SearchParams(indexed_only=True) before and after.
# Expected: after the second upsert no vector is in the graph, so indexed_vectors_count is 0 until the next optimize.
# Seen:     points_count 6000, indexed_vectors_count 6000: what the graph holds of points that are replaced is counted on. The search
#           finds 6000 before and 0 after. The next optimize does build a graph for them.
# Why it hurts: whoever builds the graph when points_count - indexed_vectors_count is large, as the counts suggest, never builds it again after a
#           re-embedding or an update of all points, and each search looks at every vector from then on, in silence: at 100,000 x 400 by
#           14 ms of processor time instead of 1.4.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check qdrant-edge-py==0.9.0

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import random
import sys
import uuid
from pathlib import Path

import qdrant_edge as edge

COUNT, DIM = 6_000, 1_024
place = Path(sys.argv[1]) / "shard"
place.mkdir()
config = edge.EdgeConfig(
    vectors=edge.EdgeVectorParams(size=DIM, distance=edge.Distance.Cosine),
    optimizers=edge.EdgeOptimizersConfig(indexing_threshold=1_000),
)
shard = edge.EdgeShard.load(str(place), config)
ids = [str(uuid.UUID(int=n + 1)) for n in range(COUNT)]


def write(seed):
    rng = random.Random(seed)
    for start in range(0, COUNT, 500):
        some = ids[start : start + 500]
        points = [edge.Point(one, [rng.gauss(0, 1) for _ in range(DIM)], {}) for one in some]
        shard.update(edge.UpdateOperation.upsert_points(points))


def found():
    request = edge.SearchRequest(
        query=edge.Query.Nearest([1.0] * DIM),
        limit=COUNT,
        params=edge.SearchParams(indexed_only=True, exact=True),
    )
    return len(shard.search(request))


def told():
    info = shard.info()
    return info.points_count, info.indexed_vectors_count


write(1)
print("written: points, indexed", told(), "indexed only finds", found())
shard.optimize()
built = told(), found()
print("built: points, indexed", built[0], "indexed only finds", built[1])
write(2)
again = told(), found()
print("written again: points, indexed", again[0], "indexed only finds", again[1])
shard.optimize()
last = told(), found()
print("built again: points, indexed", last[0], "indexed only finds", last[1])
shard.close()
assert built == ((COUNT, COUNT), COUNT) and last[1] == COUNT, "it changed"
assert again == ((COUNT, COUNT), 0), "it changed"
PYTHON

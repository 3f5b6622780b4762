#!/usr/bin/env bash
# Qdrant: two searches by Euclidean distance that are fused by DBSF come back with the farthest songs first.
#
# Versions: qdrant-client 1.20.0 (in its local mode) and qdrant-edge-py 0.9.0 (Qdrant's own core) on PyPI.
# Source:   eight songs on a line, at 0, 1, .. 7; a search at 0 and one at .1 as prefetches, fused by DBSF and by RRF, with the
#           distances Euclid and Manhattan.
# Expected: 0, 1, 2, .. 7, as each search has it alone, and as RRF fuses them.
# Seen:     7, 6, 5, .. 0 from DBSF in both programs and for both distances, with the same scores. They are taken for
#           similarities, larger being better, as they are with Cosine and Dot. Qdrant's issue 10611 of September 2026 is open.
# Why it hurts: this is how a search by the picture and one by its words become one list. Each half is right, and so is a test
#           of each; the list holds the worst of the candidates, which are still near enough to look like an odd taste.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check qdrant-client==1.20.0 qdrant-edge-py==0.9.0

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import qdrant_edge as edge
from qdrant_client import QdrantClient
from qdrant_client import models as local

SONGS = {number: [float(number), 0.0] for number in range(8)}
HERE, NEAR = [0.0, 0.0], [0.1, 0.0]


def by_edge(distance):
    space = edge.EdgeVectorParams(size=2, distance=getattr(edge.Distance, distance))
    shard = edge.EdgeShard.create(f"{sys.argv[1]}/{distance}", edge.EdgeConfig(vectors=space))
    shard.update(edge.UpdateOperation.upsert_points([edge.Point(number, vector, {}) for number, vector in SONGS.items()]))
    halves = [edge.Prefetch(limit=8, query=edge.Query.Nearest(point)) for point in (HERE, NEAR)]

    def asked(**query):
        return [point.id for point in shard.query(edge.QueryRequest(limit=8, **query))]

    return {
        "alone": asked(query=edge.Query.Nearest(HERE)),
        "rrf": asked(query=edge.Fusion.Rrf(k=2), prefetches=halves),
        "dbsf": asked(query=edge.Fusion.Dbsf(), prefetches=halves),
    }


def by_client(distance):
    client = QdrantClient(":memory:")
    client.create_collection("songs", local.VectorParams(size=2, distance=local.Distance(distance)))
    client.upsert("songs", [local.PointStruct(id=number, vector=vector) for number, vector in SONGS.items()])
    halves = [local.Prefetch(query=point, limit=8) for point in (HERE, NEAR)]

    def asked(**query):
        return [point.id for point in client.query_points("songs", limit=8, **query).points]

    return {
        "alone": asked(query=HERE),
        "rrf": asked(query=local.FusionQuery(fusion=local.Fusion.RRF), prefetch=halves),
        "dbsf": asked(query=local.FusionQuery(fusion=local.Fusion.DBSF), prefetch=halves),
    }


for distance in ("Euclid", "Manhattan"):
    for name, found in (("edge", by_edge(distance)), ("client", by_client(distance))):
        print(distance, name, found)
        assert found["alone"] == found["rrf"] == list(range(8))
        assert found["dbsf"] == list(range(7, -1, -1)), "it changed"
PYTHON

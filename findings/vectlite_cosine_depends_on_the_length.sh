#!/usr/bin/env bash
# vectlite and LynseDB: with product quantization a search by cosine finds a quarter of the nearest songs if their vectors differ in length.
#
# Versions: vectlite 0.13.0 (of May 2026) and lynsedb 0.9.0 (of August 2026) as published on PyPI.
# Source:   4000 directions of 24 numbers, once as unit vectors and once with lengths of 1.5 to 15; the ten nearest of 20 searches by
#           cosine: vectlite with enable_quantization("pq") and "scalar", its default metric; LynseDB with the indexes FLAT-COS, FLAT-COS-PQ,
#           DiskANN-COS and FLAT-COS-RABITQ.
# Expected: the same songs both times: cosine does not depend on the length of a vector. vectlite promises exact scores of the best
#           hundred candidates of the codes, so that little is lost; of unit vectors it finds all ten.
# Seen:     10 of 10 of the unit vectors from each of them; of those of different lengths 2.5 from vectlite's pq, 3 from LynseDB's PQ and
#           DiskANN, and 7 from its RABITQ. As only lengths differ, the codes are made of the vectors as they are. "scalar" and FLAT-COS
#           find all ten, and the scores of what is found are right.
# Why it hurts: whoever asks for cosine does so since lengths differ: chroma, MFCC and means of sounds do by loudness and by duration. What
#           is found then depends on how loud a song is, and a test with unit vectors shows nothing of it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check vectlite==0.13.0 lynsedb==0.9.0 numpy

OMP_NUM_THREADS=1 RAYON_NUM_THREADS=1 "$folder/venv/bin/python" - "$folder" 2>/dev/null <<'PYTHON'
import sys

import lynse
import numpy as np
import vectlite

SONGS, SIZE = 4000, 24
rng = np.random.default_rng(0)
directions = rng.normal(size=(SONGS, SIZE)).astype(np.float32)
directions /= np.linalg.norm(directions, axis=1, keepdims=True)
lengths = {"unit": np.ones((SONGS, 1)), "different": rng.uniform(0.3, 3, size=(SONGS, 1)) * SIZE**0.5}
asked = rng.normal(size=(20, SIZE)).astype(np.float32)
nearest = [set(np.argsort(-(directions @ each))[:10].tolist()) for each in asked]
client = lynse.VectorDBClient(f"{sys.argv[1]}/lynse")
database = client.create_database("songs", drop_if_exists=True)


def of_ten(search):
    """How many of the ten nearest songs are found, on average."""
    answers = [{int(row["id"]) for row in search(each)} for each in asked]
    return float(np.mean([len(answer & truth) for answer, truth in zip(answers, nearest)]))


seen = {}
for name, length in lengths.items():
    songs = (directions * length).astype(np.float32)
    rows = [{"id": str(number), "vector": song.tolist()} for number, song in enumerate(songs)]
    store = vectlite.open(f"{sys.argv[1]}/{name}.vdb", dimension=SIZE)
    store.bulk_ingest(rows)
    for kind in ("scalar", "pq"):
        store.enable_quantization(kind)
        seen[name, kind] = of_ten(lambda each: store.search(each.tolist(), k=10))
        store.disable_quantization()
    collection = database.require_collection(name, dim=SIZE, drop_if_exists=True, default_index=None)
    with collection:
        collection.add(ids=[row["id"] for row in rows], vectors=songs, fields=[{"id": row["id"]} for row in rows])
    for kind in ("FLAT-COS", "FLAT-COS-RABITQ", "FLAT-COS-PQ", "DiskANN-COS"):
        collection.build_index(kind)
        seen[name, kind] = of_ten(lambda each: collection.search(each, k=10).to_list())
    print(name, {kind: found for (which, kind), found in seen.items() if which == name}, flush=True)
for (name, kind), found in seen.items():
    if name == "different" and kind in ("pq", "FLAT-COS-PQ", "DiskANN-COS"):
        assert found < 6, "it changed"
    elif (name, kind) == ("different", "FLAT-COS-RABITQ"):
        assert found < 9, "it changed"
    else:
        assert found > 9.5
PYTHON

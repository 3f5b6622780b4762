#!/usr/bin/env bash
# VelesDB: a search among the songs of one genre gives one of its twenty or none, and the same question in its query language all ten.
#
# Versions: velesdb 7.0.0 (of October 2026) as published on PyPI.
# Source:   2000 songs with vectors of 32 numbers, in 100 genres of 20 songs; the ten nearest of one genre for 20 vectors by cosine, by
#           search_request with a filter, and by query with "vector NEAR $v AND genre = 7"; and with a genre that holds every tenth song.
# Expected: ten each time, the nearest ones: there are 20 and 200 songs. The stub of SearchOptions that the wheel ships calls the
#           filter a pre-filter, which chooses the songs before the nearest of them are looked for.
# Seen:     .7 of ten in the genre of 20, and no song at all for 11 of the 20 vectors; 8.6 of ten among every tenth. With k = 100 about
#           a dozen come back, and all 20 only with k = 500: some nearest of all genres are found first, and what is of another is left
#           out. query finds all ten of both.
# Why it hurts: "like this one, but of this mood, or not longer than the scene" is the usual question. The rarer the mood the shorter is
#           the list, down to none, as if the library had nothing that fits, while a test with a dozen songs is right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check velesdb==7.0.0 numpy

OMP_NUM_THREADS=1 RAYON_NUM_THREADS=1 "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy as np
import velesdb

SONGS, SIZE = 2000, 32
rng = np.random.default_rng(0)
songs, asked = (rng.normal(size=(rows, SIZE)).astype(np.float32) for rows in (SONGS, 20))
unit = songs / np.linalg.norm(songs, axis=1, keepdims=True)
fields = {"genre": np.arange(SONGS) % 100, "tenth": np.arange(SONGS) % 10}
database = velesdb.Database(f"{sys.argv[1]}/songs")
collection = database.get_or_create_collection("songs", dimension=SIZE, metric="cosine")
collection.upsert(
    [{"id": n, "vector": songs[n].tolist(), "payload": {name: int(of[n]) for name, of in fields.items()}} for n in range(SONGS)]
)


def request(vector, field, count=10):
    condition = {"condition": {"type": "eq", "field": field, "value": 7}}
    rows = collection.search_request(velesdb.SearchOptions(vector=vector.tolist(), k=count, filter=condition))
    return [int(row["id"]) for row in rows]


def query(vector, field):
    rows = collection.query(f"SELECT * FROM songs WHERE vector NEAR $v AND {field} = 7 LIMIT 10", {"v": vector.tolist()})
    return [int(row.get("id", row.get("node_id"))) for row in rows]


for field in fields:
    allowed = np.flatnonzero(fields[field] == 7)
    nearest = [set(allowed[np.argsort(-(unit[allowed] @ each))[:10]].tolist()) for each in asked]
    found = {}
    for name, ask in (("request", request), ("query", query)):
        answers = [ask(each, field) for each in asked]
        hits = [len(set(answer) & truth) for answer, truth in zip(answers, nearest)]
        found[name] = float(np.mean(hits)), sum(not answer for answer in answers)
    print(field, "found of ten, and empty answers:", found)
    assert found["query"][0] > 9.5
    assert field != "genre" or (found["request"][0] < 2 and found["request"][1] > 5), "it changed"
sizes = {count: len(request(asked[0], "genre", count)) for count in (10, 20, 50, 100, 500)}
print("k and how many come back:", sizes)
assert sizes[500] == 20 and sizes[10] < 5, "it changed"
PYTHON

#!/usr/bin/env bash
# sqlite-vec: ten songs of two genres are twenty if the genre is a partition key, one genre after the other, and not by distance.
#
# Versions: sqlite-vec 0.1.9 (of November 2026) as published on PyPI, in apsw 3.54.1.0, which brings its own SQLite 3.54.1.
# Source:   2000 vectors of 16 numbers, every third one folk and the others jazz; the genre as a partition key, and once more as a metadata
#           column; 50 queries for the ten nearest of both genres.
# Expected: `k = 10 and genre in ('folk', 'jazz')` answers what it does on the metadata column, and without it: the ten nearest, the nearest first.
# Seen:     on the metadata column so. On the partition key 20 songs: the ten nearest of folk, then the ten nearest of jazz; `or` does the same.
#           Who takes the first ten has .31 of the right ones. `order by distance limit 10` without k is refused there ("A LIMIT or 'k = ?'
#           constraint is required"), beside k too; only sorting what came and cutting it off afterwards is right. Without `in`, rows come sorted.
# Why it hurts: the key is meant for what most questions filter by, and `k` is the number of results in all other queries. With one
#           value, which a test has, all is well; with two, all of the first one's songs come before the nearest of the other.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sqlite-vec==0.1.9 apsw==3.54.1.0 numpy

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import apsw
import numpy as np
import sqlite_vec

COUNT, WIDTH, K = 2000, 16, 10
rng = np.random.default_rng(0)
songs = rng.normal(size=(COUNT, WIDTH)).astype(np.float32)
asked = rng.normal(size=(50, WIDTH)).astype(np.float32)
genres = ["jazz" if at % 3 else "folk" for at in range(COUNT)]

db = apsw.Connection(":memory:")
db.enable_load_extension(True)
db.load_extension(sqlite_vec.loadable_path())
db.execute(f"create virtual table songs using vec0(id integer primary key, genre text partition key, kind text, sound float[{WIDTH}])")
with db:
    for at, (genre, song) in enumerate(zip(genres, songs, strict=True)):
        db.execute("insert into songs(id, genre, kind, sound) values (?, ?, ?, ?)", (at, genre, genre, song.tobytes()))

BOTH = "in ('folk', 'jazz')"


def ids(query, rest):
    rows = db.execute(f"select id, distance from songs where sound match ? and {rest}", (query.tobytes(),)).fetchall()
    return [song for song, _ in rows], [distance for _, distance in rows]


shares, refused = [], 0
for query in asked:
    away = np.linalg.norm(songs - query, axis=1)
    nearest = np.argsort(away)[:K].tolist()
    for plain in (f"k = {K}", f"k = {K} and kind {BOTH}"):
        assert ids(query, plain)[0] == nearest, "what is no partition key is not right"
    found, distances = ids(query, f"k = {K} and genre {BOTH}")
    assert found == ids(query, f"k = {K} and (genre = 'folk' or genre = 'jazz')")[0]
    assert [genres[song] for song in found] == ["folk"] * K + ["jazz"] * K, "it changed"
    assert distances[:K] == sorted(distances[:K]) and distances[K:] == sorted(distances[K:]) and distances != sorted(distances)
    assert sorted(zip(distances, found))[:K] == [(distances[found.index(song)], song) for song in nearest]
    shares.append(len(set(found[:K]) & set(nearest)) / K)
    for limit in (f"genre {BOTH} order by distance limit {K}", f"k = {K} and genre {BOTH} order by distance limit {K}"):
        try:
            ids(query, limit)
        except apsw.SQLError:
            refused += 1
print(f"{2 * K} songs for k = {K}; of the nearest {K} the first {K} rows hold {np.mean(shares):.2f}; {refused} of {2 * len(asked)} limits refused")
assert np.mean(shares) < 0.5 and refused == 2 * len(asked), "it changed"
PYTHON

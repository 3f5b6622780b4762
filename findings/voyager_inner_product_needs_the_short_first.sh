#!/usr/bin/env bash
# Voyager: by inner product the order in which songs are added decides what is found: 1 of 10 neighbours as drawn, 8 with the short first.
#
# Versions: voyager 2.2.3 (of November 2026) as published on PyPI; hnswlib 0.8.0 with the same M, ef_construction and seed beside it.
# Source:   2000 vectors of 32 numbers whose lengths spread as plays do (log-normal, sigma .5), 50 queries, the ten of largest
#           inner product; added as drawn, by rising and by falling length; query_ef 10 (the default), 100 and 1000.
# Expected: the same recall in each order, as hnswlib has it: .8 at 10, and 1 from 100 on.
# Seen:     as drawn .14, .44 and .91; short first .78, 1 and 1; long first .73, 1 and 1. Each returned distance is right. Space.Cosine
#           finds the same in each order. For this space a coordinate is added that fills each vector up to the longest; it is made
#           from the longest so far (pull request 25 says so), and what lay in the index before isn't made anew.
# Why it hurts: the length is where recommenders keep how popular a song is, and inner product is their measure. Songs arrive in no
#           order of length. Most of the best answers are lost, nothing shows it, and a larger query_ef hardly helps.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check voyager==2.2.3 hnswlib==0.8.0 numpy

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - <<'PYTHON'
import hnswlib
import numpy as np
import voyager

COUNT, WIDTH, EFS = 2000, 32, (10, 100, 1000)
rng = np.random.default_rng(0)
songs = rng.normal(size=(COUNT, WIDTH))
lengths = rng.lognormal(0, 0.5, size=COUNT)
songs = (songs / np.linalg.norm(songs, axis=1, keepdims=True) * lengths[:, None]).astype(np.float32)
asked = rng.normal(size=(50, WIDTH)).astype(np.float32)
products = asked @ songs.T
unit = products / lengths


def recall(found, scores):
    wanted = np.argsort(-scores, axis=1)[:, :10]
    return round(float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), wanted.tolist(), strict=True)])), 2)


def by_voyager(order, space, scores):
    index = voyager.Index(space, num_dimensions=WIDTH, M=12, ef_construction=200, random_seed=1)
    index.add_items(songs[order], ids=order.tolist(), num_threads=1)
    seen = []
    for ef in EFS:
        found, distances = index.query(asked, 10, query_ef=ef, num_threads=1)
        if space == voyager.Space.InnerProduct:
            assert np.allclose(distances, 1 - np.take_along_axis(products, found.astype(int), 1), atol=1e-4)
        seen.append(recall(found, scores))
    return seen


def by_hnswlib(order):
    index = hnswlib.Index("ip", WIDTH)
    index.init_index(COUNT, M=12, ef_construction=200, random_seed=1)
    index.add_items(songs[order], order, num_threads=1)
    seen = []
    for ef in EFS:
        index.set_ef(ef)
        seen.append(recall(index.knn_query(asked, 10, num_threads=1)[0], products))
    return seen


orders = {"as drawn": np.arange(COUNT), "short first": np.argsort(lengths), "long first": np.argsort(-lengths)}
seen = {}
for name, order in orders.items():
    seen[name] = by_voyager(order, voyager.Space.InnerProduct, products)
    cosine, plain = by_voyager(order, voyager.Space.Cosine, unit), by_hnswlib(order)
    print(name, "by inner product", *seen[name], "by cosine", *cosine, "hnswlib by inner product", *plain)
    assert cosine[1] > 0.95 and plain[1] > 0.98
assert seen["short first"][1] > 0.98 and seen["long first"][1] > 0.98
first, second, third = seen["as drawn"]
assert first < 0.3 and second < 0.6 and third < 0.97, "it changed"
PYTHON

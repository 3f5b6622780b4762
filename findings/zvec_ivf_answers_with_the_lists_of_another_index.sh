#!/usr/bin/env bash
# zvec: with IVF the first search after one of another field or collection is made with that one's lists, and half of the songs are missing.
#
# Versions: zvec 0.8.0 (of October 2026) as published on PyPI.
# Source:   3000 songs with vectors of their sound and of their words, 16 numbers each, in an IVF index of 10 lists each, of which all 10 are
#           visited, as IVFQueryParam has it by default; after optimize(). Twenty searches of the ten nearest: of one field
#           after the other, twice each; of both fields by turns; of the sound of one collection and of another by turns; by both at once.
# Expected: the ten nearest each time: where every list is visited nothing is left out, and a search does not depend on the one before it.
#           Collections may be open side by side, and one query may name several fields.
# Seen:     all ten for each field for itself, but for the first search of it; about four of ten by turns, of fields as of collections, in
#           one thread. Asked again at once the same search has all ten. With both fields in one query, weighted by 1 and 0, the ten or a
#           poor one with as few as 1 of them, by chance. HNSW is right each time.
# Why it hurts: searching by sound and by words in turns is what a page for music does. A test that asks one index, or asks twice, is right;
#           in use the best song is left out and other near ones stand in its place, which looks like an odd taste.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check zvec==0.8.0 numpy

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy as np
import zvec

SONGS, SIZE = 3000, 16
rng = np.random.default_rng(0)
vectors = {name: rng.normal(size=(SONGS, SIZE)).astype(np.float32) for name in ("sound", "words", "other")}
asked = rng.normal(size=(20, SIZE)).astype(np.float32)
visit_all = zvec.IVFQueryParam(nprobe=10)


def collection(name, index, fields):
    schemas = [zvec.VectorSchema(field, zvec.DataType.VECTOR_FP32, SIZE, index_param=index) for field in fields]
    made = zvec.create_and_open(f"{sys.argv[1]}/{name}", zvec.CollectionSchema(name="songs", vectors=schemas))
    for first in range(0, SONGS, 500):
        numbers = range(first, first + 500)
        made.insert([zvec.Doc(id=str(each), vectors={field: vectors[field][each].tolist() for field in fields}) for each in numbers])
    made.optimize()
    return made


def nearest(field, vector):
    return set(np.argsort(((vectors[field] - vector) ** 2).sum(axis=1))[:10].tolist())


def found(songs, field, vector, param):
    """How many of the ten nearest songs a search of one field has."""
    answer = songs.query(zvec.Query(field, vector=vector.tolist(), param=param), topk=10)
    return len({int(each.id) for each in answer} & nearest(field, vector))


def both(songs, vector, param):
    queries = [zvec.Query(field, vector=vector.tolist(), param=param) for field in ("sound", "words")]
    answer = songs.query(queries, topk=10, reranker=zvec.WeightedReRanker([1.0, 0.0]))
    return len({int(each.id) for each in answer} & nearest("sound", vector))


L2 = zvec.MetricType.L2
for kind, index, param in (("hnsw", zvec.HnswIndexParam(L2), None), ("ivf", zvec.IVFIndexParam(L2, n_list=10), visit_all)):
    songs, others = collection(f"{kind}-songs", index, ("sound", "words")), collection(f"{kind}-others", index, ("other",))
    places = ((songs, "sound"), (songs, "words"), (others, "other"))
    alone = [float(np.mean([found(*place, vector, param) for vector in asked])) for place in places for _ in range(2)]
    fields = [float(np.mean([found(*place, vector, param) for vector in asked for place in places[:2]]))]
    two = [float(np.mean([found(*place, vector, param) for vector in asked for place in places[1:]]))]
    again = [[found(*place, vector, param) for place in places for _ in range(2)][1::2] for vector in asked]
    at_once = [{both(songs, vector, param) for _ in range(20)} for vector in asked]
    print(kind, "alone:", alone, "fields by turns:", fields, "collections:", two, "second of two:", float(np.mean(again)))
    print(kind, "both at once:", at_once)
    assert np.mean(again) == 10 and alone[1] == alone[3] == alone[5] == 10
    if kind == "hnsw":
        assert fields == two == [10] and set().union(*at_once) == {10}
    else:
        assert fields[0] < 7 and two[0] < 7 and min(set().union(*at_once)) < 7, "it changed"
PYTHON

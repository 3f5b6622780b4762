#!/usr/bin/env bash
# Qdrant Edge: a shard that is opened only to search in it is written to; a copy that may only be read cannot be opened.
#
# Versions: qdrant-edge-py 0.9.0 (of 2026) as published on PyPI.
# Source:   a shard of 100 vectors, flushed and closed; then EdgeShard.load, one search and close, with the time and the content of each file
#           before and after; then all of it without the right to write, opened by somebody who is not root.
# Expected: a search changes nothing, as with a file of SQLite, a mapped array or an index of FAISS, and an index on a read-only volume,
#           in an image or on a snapshot can be searched.
# Seen:     edge_config.json is another file with other content (what was left out of the configuration is filled in with null),
#           segment.json is written anew, a journal is gone and mapped files have a new time. Without the right to write, load raises
#           "Failed to open mmap payload storage: Permission denied". load takes no mode.
# Why it hurts: an index that is built once and handed to readers (a container image, a shared read-only volume, a restored snapshot that
#           is only looked into) does not open; on a full disk a program that only reads fails; each look into it looks like a change to
#           incremental backups and to whoever compares two copies.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check qdrant-edge-py==0.9.0

"$folder/venv/bin/python" - <<'PYTHON'
import hashlib
import os
import random
import shutil
import tempfile
import uuid
from pathlib import Path

import qdrant_edge as edge

place = Path(tempfile.mkdtemp())
config = edge.EdgeConfig(vectors=edge.EdgeVectorParams(size=8, distance=edge.Distance.Cosine))
random.seed(1)
shard = edge.EdgeShard.load(str(place), config)
points = [edge.Point(str(uuid.UUID(int=n)), [random.random() for _ in range(8)], {"n": n}) for n in range(100)]
shard.update(edge.UpdateOperation.upsert_points(points))
shard.flush()
shard.close()


def state():
    files = (path for path in place.rglob("*") if path.is_file())
    return {path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files}


before = state()
shard = edge.EdgeShard.load(str(place), config)
assert len(shard.search(edge.SearchRequest(query=edge.Query.Nearest([0.1] * 8), limit=3))) == 3
shard.close()
after = state()
touched = sorted(name for name in before if name in after and before[name][0] != after[name][0])
changed = sorted(name for name in before if name in after and before[name][1] != after[name][1])
print("written to:", touched, "other content:", changed, "gone:", sorted(set(before) - set(after)))

for path in (place, *place.rglob("*")):
    path.chmod(0o555 if path.is_dir() else 0o444)
reader, writer = os.pipe()
if os.fork() == 0:
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        edge.EdgeShard.load(str(place), config)
        said = "opened"
    except Exception as error:
        said = str(error)
    os.write(writer, said.encode())
    os._exit(0)
os.wait()
said = os.read(reader, 10_000).decode()
print("without the right to write:", said[:160])
for path in (place, *place.rglob("*")):
    path.chmod(0o755)
shutil.rmtree(place)
assert "edge_config.json" in changed and {"segment.json", "tracker.dat"} <= set(touched), "it changed"
assert "Permission denied" in said, "it changed"
PYTHON

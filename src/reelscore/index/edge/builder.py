"""Builds the approximate index (HNSW) of an Edge shard in a child process.

The graph is built and walked over copies of the vectors of one byte a number (int8), a quarter of them, so
that it takes less than half the time and the vectors may stay on the disk. What the copies propose is scored
by the vectors themselves (`index.edge.search`).

The binding holds Python's global lock for as long as `optimize()` runs (measured: 14 s for 12,000 vectors
of 512, in which no other thread moved), so a background thread would stop the whole server. A shard belongs
to one process, so the child works on a copy, and the owner swaps the copy in.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from reelscore.errors import StorageError

# Links of a point in the graph, and candidates for them. With the usual 16 and 100 some points have no link
# that leads to them: of the ten nearest among 1,000,000 x 400 drawn at random 5 % were not found, now .5 %.
_LINKS, _CANDIDATES = 32, 128
_FULL_SCAN_KILOBYTES = 10_000  # smaller segments have no graph


def copy_shard(shard: Path, copy: Path) -> None:
    """Copy a flushed shard to which nobody writes meanwhile.

    Its write-ahead log comes along though it adds nothing: the numbers of writes go on from it, and a write
    whose number is below that of the point it is about would be taken for one that was done already.
    """
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(shard, copy)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(copy, ignore_errors=True)
        raise StorageError(f"cannot copy the index at {shard} to optimise it: {error}") from error


def start_build(copy: Path, dim: int) -> subprocess.Popen[str]:
    """Start the child that builds the approximate index of a copied shard of vectors of that length."""
    # -P: a file named like one of our imports in the current folder must not be picked up.
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "reelscore.index.edge.builder", str(copy), str(dim)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise StorageError(f"cannot start the build of the approximate index: {error.strerror}") from error


def finish_build(child: subprocess.Popen[str]) -> None:
    """Wait for the child.

    Raises
    ------
    StorageError
        It failed; the message has the last line that it wrote.
    """
    _, complaint = child.communicate()
    if child.returncode != 0:
        last = complaint.strip().splitlines()[-1:] or [f"exit status {child.returncode}"]
        raise StorageError(f"the approximate index could not be built: {last[0]}")


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent dies; elsewhere it runs to its end unheard."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() == 1:  # it died before we asked
            sys.exit(1)


def main(path: str, dim: int) -> None:
    """Build the approximate index of the shard at `path`, which nobody else has open."""
    import qdrant_edge as engine

    from reelscore.index.edge.filters import index_fields

    _end_with_parent()
    os.nice(5)  # searching goes on in the parent
    # The shard remembers what is not said again whenever it is loaded.
    config = engine.EdgeConfig(
        vectors=engine.EdgeVectorParams(dim, engine.Distance.Cosine, memory=engine.Memory.Cold),
        hnsw_config=engine.HnswIndexConfig(_LINKS, _CANDIDATES, _FULL_SCAN_KILOBYTES),
        quantization_config=engine.ScalarQuantizationConfig(
            engine.ScalarType.Int8, memory=engine.Memory.Cached
        ),
    )
    shard = engine.EdgeShard.load(path, config)
    index_fields(shard, renew=True)
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

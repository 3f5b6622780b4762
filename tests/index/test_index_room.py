"""A disk without room: a write to the index is refused in a line, and questions are answered."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from reelscore.errors import StorageError
from reelscore.index.edge.index import EdgeIndex

SONG = "0f3b5a4c-1111-5222-8333-444455556666"


def test_a_full_disk_refuses_writes_and_answers_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = EdgeIndex(tmp_path, "space", 4)
    vector = np.array([[1.0, 0.0, 0.0, 0.0]], dtype=np.float32)
    index.upsert([SONG], vector)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(StorageError, match=r"1\.0 MB free, and 250\.0 MB are needed; make room"):
        index.upsert([SONG], vector)
    with pytest.raises(StorageError, match="make room"):
        EdgeIndex(tmp_path, "other", 4)
    assert index.count() == 1 and index.ids() == {SONG}
    monkeypatch.undo()
    index.upsert([SONG], vector)
    index.close()
    EdgeIndex(tmp_path, "space", 4).close()


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system allocates no files")
def test_what_loading_reads_is_allocated_so_that_a_full_disk_cannot_end_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sparse() -> list[Path]:
        files = [path for path in tmp_path.glob("space/segments/*/vector_storage/**/*") if path.is_file()]
        assert files
        return [path for path in files if path.stat().st_blocks * 512 < path.stat().st_size]

    index = EdgeIndex(tmp_path, "space", 4)
    index.upsert([SONG], np.array([[1.0, 0.0, 0.0, 0.0]], dtype=np.float32))
    assert sparse()
    index.close()
    assert not sparse()

    chunk = max(
        tmp_path.glob("space/segments/*/vector_storage/**/*.mmap"), key=lambda path: path.stat().st_size
    )
    chunk.write_bytes(chunk.read_bytes())
    os.truncate(chunk, size := chunk.stat().st_size - 4096)
    os.truncate(chunk, size + 4096)

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StorageError, match="no room on the disk for"):
        EdgeIndex(tmp_path, "space", 4)
    monkeypatch.undo()
    EdgeIndex(tmp_path, "space", 4).close()


def test_an_engine_that_finds_no_room_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Exception("Failed to save structure: No space left on device (os error 28)")

    monkeypatch.setattr("qdrant_edge.EdgeShard.load", full)
    with pytest.raises(StorageError, match=r"no room on the disk for the index at .*; make room$"):
        EdgeIndex(tmp_path, "space", 4)

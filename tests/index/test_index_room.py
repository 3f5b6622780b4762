"""A disk without room: a write to the index is refused in a line, and questions are answered."""

from __future__ import annotations

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
    with pytest.raises(StorageError, match=r"1 MB free, and 250 MB are needed; make room"):
        index.upsert([SONG], vector)
    with pytest.raises(StorageError, match="make room"):
        EdgeIndex(tmp_path, "other", 4)
    assert index.count() == 1 and index.ids() == {SONG}
    monkeypatch.undo()
    index.upsert([SONG], vector)
    index.close()
    EdgeIndex(tmp_path, "space", 4).close()

"""Files: hashed, written whole or not at all, and refused before a disk is full."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from reelscore.errors import InvalidInputError, MediaNotFoundError, StorageError
from reelscore.files import check_room, hash_file, whole_file, write_whole


def test_a_file_hash_is_its_sha256(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    (tmp_path / "a").write_bytes(content)
    assert hash_file(tmp_path / "a") == hashlib.sha256(content).hexdigest()
    with pytest.raises(MediaNotFoundError, match="cannot read"):
        hash_file(tmp_path / "missing")
    with pytest.raises(MediaNotFoundError, match="cannot read"):
        hash_file(tmp_path)


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="the disk is full; free some space"),
        whole_file(tmp_path / "a") as path,
    ):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_until_all_is_written(tmp_path: Path) -> None:
    target = tmp_path / "list.m3u8"
    write_whole(target, "Æther")
    assert target.read_bytes() == "Æther".encode()
    with pytest.raises(StorageError, match="may not write there"), whole_file(target) as path:
        path.write_bytes(b"half")
        raise PermissionError(errno.EACCES, "Permission denied")
    assert target.read_text(encoding="utf-8") == "Æther"
    assert [path.name for path in tmp_path.iterdir()] == ["list.m3u8"]
    with pytest.raises(InvalidInputError, match="is a folder"):
        write_whole(tmp_path, "")
    with pytest.raises(InvalidInputError, match="there is no folder"):
        write_whole(tmp_path / "none" / "list.m3u8", "")


def test_work_for_which_there_is_no_room_is_refused(tmp_path: Path) -> None:
    check_room(tmp_path, 1)
    check_room(tmp_path / "none", 10**18)
    with pytest.raises(StorageError, match="MB are needed; make room"):
        check_room(tmp_path, 10**18)

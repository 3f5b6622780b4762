"""Whether a disk has the room that a piece of work needs, and that it has what was written."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from reelscore.errors import StorageError

# What a write to the embedded index must find: its files are mapped and sparse, and a page of them that finds
# no room on the disk ends the process.
INDEX_BYTES = 250_000_000


def check_room(folder: Path, wanted: int) -> None:
    """Refuse work that needs more bytes than are free beside a folder.

    Raises
    ------
    StorageError
        They are not; the message says how many there are. A folder that does not exist is not looked at.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free < wanted:
        raise StorageError(
            f"{folder} has {free / 1e6:,.1f} MB free, and {wanted / 1e6:,.1f} MB are needed; make room"
        )


def allocate(folder: Path) -> None:
    """Give every file of a folder, and of those in it, the room that its size states.

    Reading a hole of a mapped file takes a page on some file systems (tmpfs), and on all of them writing one
    does; if there is none, the process ends with SIGBUS, where an error is wanted. Nobody may have the files
    mapped meanwhile.

    Raises
    ------
    StorageError
        The disk is full.
    """
    if not hasattr(os, "posix_fallocate"):  # macOS
        return
    for path in folder.rglob("*"):
        held = path.stat()
        if not path.is_file() or held.st_blocks * 512 >= held.st_size:
            continue
        descriptor = os.open(path, os.O_RDWR)
        try:
            os.posix_fallocate(descriptor, 0, held.st_size)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageError(f"no room on the disk for {folder}; make room") from error
        finally:
            os.close(descriptor)


def flush(path: Path) -> None:
    """Let the system write a file out before it gets its name.

    A full disk is an error now, and after a power cut the name does not stand for an empty file.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Whether a disk has the room that a piece of work needs, and that it has what was written."""

from __future__ import annotations

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
            f"{folder} has {free / 1e6:,.0f} MB free, and {wanted / 1e6:,.0f} MB are needed; make room"
        )


def flush(path: Path) -> None:
    """Let the system write a file out before it gets its name.

    A full disk is an error now, and after a power cut the name does not stand for an empty file.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

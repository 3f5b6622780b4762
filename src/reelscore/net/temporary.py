"""Folders for fetched sound: deleted when it was analysed, and later if the process was killed meanwhile.

Each folder has a lock file that its process holds. The system lets go of a lock when a process ends, however
that happens, so whoever makes a folder next can tell what was left behind from what another one still uses.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reelscore.errors import SourceError

PREFIX = "reelscore-"
_LOCK = "lock"
_SOUND = "sound"
_SETTLED_SECONDS = 10.0  # a younger one may not have its lock yet
# No fetch and analysis takes this long: for systems and file systems without such locks.
_STALE_SECONDS = 6 * 3600.0

if sys.platform == "win32":

    def _take(handle: int) -> bool | None:
        return None

else:
    import fcntl

    def _take(handle: int) -> bool | None:
        """Take a lock: True if it was free, False if somebody holds it, None if there are none."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """An empty folder under another one, which is made if it is missing; deleted when the context ends.

    What killed processes left there is deleted too.

    Raises
    ------
    SourceError
        It cannot be made.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent)
        whole = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        handle = os.open(whole / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        _take(handle)
        folder = whole / _SOUND
        folder.mkdir()
    except OSError as error:
        raise SourceError(f"cannot write into {parent}: {error.strerror or error}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(whole, ignore_errors=True)
        os.close(handle)


def sweep(parent: Path, *, settled: float = _SETTLED_SECONDS, stale: float = _STALE_SECONDS) -> int:
    """Delete the folders whose process is gone; returns how many.

    Parameters
    ----------
    settled
        Seconds after which a folder has its lock, if it ever gets one.
    stale
        Seconds after which a folder goes whose lock says nothing.
    """
    now = time.time()
    count = 0
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            age = now - folder.stat().st_mtime
            if age > settled and _is_left_behind(folder, old=age > stale):
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
    return count


def _is_left_behind(folder: Path, *, old: bool) -> bool:
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return old
    try:
        free = _take(handle)
        return old if free is None else free
    finally:
        os.close(handle)

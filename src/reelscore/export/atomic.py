"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reelscore.errors import InvalidInputError, ReelscoreError, StorageError
from reelscore.net.room import flush


@contextmanager
def whole_file(target: str | Path) -> Iterator[Path]:
    """A temporary path beside `target`, which takes its name when the block ends well.

    Whatever happens before, even a kill, leaves the target as it was.

    Raises
    ------
    InvalidInputError
        The folder does not exist, or the target is a folder.
    StorageError
        It cannot be written: the disk is full, or the folder may not be written to.
    """
    target = Path(target)
    if target.is_dir():
        raise InvalidInputError(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise InvalidInputError(f"there is no folder {target.parent}; make it first")
    # Hidden and on the same file system, so that renaming is one step. The name says what it is, not whose:
    # a long one of the target would not fit.
    temporary = target.parent / f".reelscore-{uuid.uuid4().hex}.part"
    try:
        try:
            yield temporary
            flush(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except ReelscoreError:
        raise
    except OSError as error:
        raise cannot_write(target, error) from error


def cannot_write(target: Path, error: OSError) -> StorageError:
    """What is wrong with writing, in one line."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason = "the disk is full; free some space or write elsewhere"
    elif error.errno == errno.EFBIG:
        reason = "the file would be too large for this file system"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        reason = "this user may not write there; choose another folder"
    else:
        reason = error.strerror or str(error)
    return StorageError(f"{target} cannot be written: {reason}")


def write_whole(target: str | Path, content: str | bytes) -> None:
    """Write a text (UTF-8) or bytes to a file, whole or not at all; raises as `whole_file` does."""
    with whole_file(target) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)

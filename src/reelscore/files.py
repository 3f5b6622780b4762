"""Files: their hash, writing them whole or not at all, and the room that they may and can take."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reelscore.errors import InvalidInputError, MediaNotFoundError, ReelscoreError, StorageError

# What a write to the embedded index must find: its files are mapped and sparse, and a page of them that finds
# no room on the disk ends the process.
INDEX_BYTES = 250_000_000

_tidying = threading.Lock()


def hash_file(path: Path) -> str:
    """SHA-256 of a file, hex.

    Raises
    ------
    MediaNotFoundError
        There is no such file, or it may not be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaNotFoundError(f"cannot read {path}: {error.strerror or error}") from error


def read_text(path: Path) -> str:
    """The text of a file that somebody wrote in UTF-8, without a byte order mark.

    Raises
    ------
    InvalidInputError
        It cannot be read, or is in another encoding; the message names the line and what to do.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            f"line {line} of {path} is not in UTF-8; save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”)"
        ) from error


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


def flush(path: Path) -> None:
    """Let the system write a file out before it gets its name.

    A full disk is an error now, and after a power cut the name does not stand for an empty file.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def make_copy(
    target: Path, write: Callable[[Path], object], *, what: str, most: int, replaces: str = ""
) -> Path:
    """Make a file that can be made again, whole or not at all; older ones in its folder go beyond a budget.

    Parameters
    ----------
    write
        Writes to the path that it is given, in the folder of the target, which is made if there is none.
    what
        What is kept, for the message: "the film".
    most
        Bytes that all files of the folder may have together.
    replaces
        Pattern of the names that this file stands for from now on.

    Raises
    ------
    StorageError
        It cannot be kept. What `write` raises but OSError comes through.
    """
    folder = target.parent
    own = folder / f".{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(own)
        with _tidying:
            for old in folder.glob(replaces) if replaces else ():
                old.unlink(missing_ok=True)
            own.replace(target)  # at once, so that nobody gets half of it
            keep_within(most, folder, newest=target)
    except OSError as error:
        raise StorageError(f"{what} cannot be kept in {folder}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            own.unlink(missing_ok=True)
    return target


def keep_within(most: int, folder: Path, *, newest: Path) -> None:
    """Remove files until all together have at most a number of bytes: those first that were used longest ago.

    The newest one stays whatever its size, and so does what is being written, whose name begins with ".".
    """
    files: list[tuple[float, int, Path]] = []
    for file in folder.iterdir():
        if not file.name.startswith("."):
            with contextlib.suppress(OSError):  # somebody else removed it meanwhile
                state = file.stat()
                files.append((state.st_mtime, state.st_size, file))
    total = 0
    for _, size, file in sorted(files, reverse=True):
        total += size
        if total > most and file != newest:
            with contextlib.suppress(OSError):
                file.unlink()

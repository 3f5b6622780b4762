"""Who owns a library: a lock that the operating system holds for one process, and a note on who that is.

The owner also leaves a secret beside the note, in a file that its user alone may read. A command that shows
it runs for the same user on the same machine, and may have the owner open what that user may open.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reelscore.errors import ConfigurationError, LibraryBusyError

FILE_NAME = "owner.lock"
TOKEN_NAME = "owner.token"

# Somebody who only asks who the owner is holds the lock for a moment too.
_PATIENCE_SECONDS = 0.3

if sys.platform == "win32":
    import msvcrt

    _PLACE = 1 << 30  # far behind the note, since a locked byte cannot be read

    def _lock(handle: int) -> bool:
        os.lseek(handle, _PLACE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that owns a library."""

    pid: int | None
    url: str | None  # where its server listens, if it is one
    started_at: str | None  # ISO 8601, UTC
    doing: str = ""  # what it does at the moment that ends by itself, such as "an ingest"; "" for a server


class Ownership:
    """The claim of this process on a library, until `release` or the end of the process, however it ends."""

    def __init__(self, handle: int, path: Path, url: str | None) -> None:
        self._handle: int | None = handle
        self.path = path
        self.token = _leave_token(path.with_name(TOKEN_NAME))
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.update_url(url)

    def update_url(self, url: str | None, *, doing: str = "") -> None:
        """Note where the server of this process listens, so that others can ask it.

        `doing`: what keeps the process, if that ends by itself, such as "an ingest"; "" if it is a server.
        """
        if self._handle is None:
            return
        note = {"pid": os.getpid(), "url": url, "started_at": self._started_at, "doing": doing}
        text = json.dumps(note).encode()
        # In place: the lock belongs to this very file, and a new one under the name would be free.
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, text)

    def release(self) -> None:
        """Give the library free; safe to call twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                self.path.with_name(TOKEN_NAME).unlink()
            # The file stays: deleting it would let two claimers lock two files of one name.
            os.ftruncate(handle, 0)
            os.close(handle)

    def __enter__(self) -> Self:
        """The claim itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release it."""
        self.release()


def claim(home: Path, *, url: str | None = None) -> Ownership:
    """Claim a library for this process.

    Parameters
    ----------
    home
        Folder of the library; it is made if it is missing.
    url
        Where the server of this process listens, if it is one and knows already.

    Raises
    ------
    LibraryBusyError
        Another process owns the library; it carries that process's id and address.
    ConfigurationError
        The folder cannot be made or written.
    """
    path = home / FILE_NAME
    handle = _open_file(home)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _lock(handle):
        if time.monotonic() >= deadline:
            os.close(handle)
            raise _busy(home, _read(path))
        time.sleep(0.02)
    return Ownership(handle, path, url)


def prepare_home(home: Path) -> None:
    """Make the folder of a library that several processes use, without a claim.

    Raises
    ------
    ConfigurationError
        The folder cannot be made or written.
    """
    os.close(_open_file(home))


def owner_of(home: Path) -> Owner | None:
    """The process that owns a library, or None if it is free."""
    path = home / FILE_NAME
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _lock(handle) else _read(path)
    finally:
        os.close(handle)


def read_token(home: Path) -> str | None:
    """The secret that the owner of a library left; None if there is none, or it is of another user."""
    try:
        return (home / TOKEN_NAME).read_text("ascii").strip() or None
    except (OSError, ValueError):
        return None


def _leave_token(path: Path) -> str:
    token = secrets.token_urlsafe(32)
    # A new file each time, never one that somebody else made or holds open, and never readable by others.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(token + "\n")
        draft.replace(path)
    except OSError:  # a full disk: whoever comes is a stranger then, and that is said
        with contextlib.suppress(OSError):
            draft.unlink()
    return token


def _open_file(home: Path) -> int:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(home / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ConfigurationError(
            f"the library folder {home} cannot be written ({error.strerror}); "
            "set REELSCORE_HOME to a folder of yours"
        ) from error


def _read(path: Path) -> Owner:
    note: Any = None
    for _ in range(5):
        try:
            note = json.loads(path.read_text(encoding="utf-8"))
            break
        except (OSError, ValueError):  # it is being written
            time.sleep(0.02)
    if not isinstance(note, dict):
        note = {}
    return Owner(
        pid=note.get("pid"),
        url=note.get("url"),
        started_at=note.get("started_at"),
        doing=note.get("doing") or "",
    )


def _busy(home: Path, owner: Owner) -> LibraryBusyError:
    if owner.pid == os.getpid():
        text = f"this process has the library {home} open already"
    elif owner.doing:
        text = f"process {owner.pid} has the library {home} for {owner.doing}; wait until that is done"
    elif owner.url:
        text = (
            f"`reelscore serve` (process {owner.pid}) at {owner.url} owns the library {home}; "
            "ask it there, or end it there with Ctrl-C first"
        )
    elif owner.pid:
        text = f"process {owner.pid} owns the library {home}; wait until it ends"
    else:
        text = f"another process owns the library {home}; wait until it ends"
    return LibraryBusyError(text, owner_pid=owner.pid, owner_url=owner.url, owner_doing=owner.doing)

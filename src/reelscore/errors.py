"""Every error that reelscore raises on purpose.

::

    ReelscoreError
    ├── InvalidInputError          an argument, a query or a setting is wrong; the caller can mend it
    │   └── UnknownNameError       a name that is not among the known ones (the message lists them)
    ├── MediaError                 a file cannot be used
    │   ├── MediaNotFoundError     there is no such file, or it may not be read
    │   ├── UnreadableMediaError   damaged, truncated, or not audio or video at all
    │   └── UnusableAudioError     readable, but there is nothing to analyse: silent, too short, no sound
    ├── NotFoundError              no song, job or analysis has this id
    │   └── EmptyLibraryError      there is no song at all yet (the message says how to add some)
    ├── StaleError                 a plan was made of something that has changed since
    ├── ConfigurationError         a key, an extra or a model that this needs is missing
    ├── LibraryBusyError           another process owns the library
    ├── StorageError               the SQL database or the vector index failed or cannot be reached
    │   └── TransientStorageError  ... in a way that a later try may mend: the connection was lost
    ├── ModelError                 model files are missing, damaged or fail their check
    ├── SourceError                a music source failed
    │   └── TransientSourceError   ... in a way that a later try may mend
    ├── AnalysisError              a video analyser failed
    └── CancelledError             the user stopped the work

Errors of other libraries are translated once, where they are met, with the cause kept. Each message is
one line that says what was wrong and what to do. `code` is the stable name that the HTTP API and
`--json` answers carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar


class ReelscoreError(Exception):
    """Root of all errors raised on purpose."""

    code: ClassVar[str] = "error"


class InvalidInputError(ReelscoreError):
    """An argument, a query or a setting is wrong; the caller can mend it."""

    code = "invalid_input"


class UnknownNameError(InvalidInputError):
    """A name that is not among the known ones; the message lists them."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {kind} {name!r}; known: {', '.join(sorted(known))}")


class MediaError(ReelscoreError):
    """A media file cannot be used."""

    code = "media_error"


class MediaNotFoundError(MediaError):
    """There is no such file, or it may not be read."""

    code = "media_not_found"


class UnreadableMediaError(MediaError):
    """The file is damaged, truncated, or not audio or video at all."""

    code = "unreadable_media"


class UnusableAudioError(MediaError):
    """The file can be read but holds nothing to analyse: silent, too short, or without sound."""

    code = "unusable_audio"


class NotFoundError(ReelscoreError):
    """No song, job or analysis has this id."""

    code = "not_found"


class EmptyLibraryError(NotFoundError):
    """There is no song in the library yet."""

    code = "empty_library"

    def __init__(self) -> None:
        super().__init__(
            "the library is empty; add music with `reelscore ingest folder PATH` or `reelscore ingest demo`"
        )


class StaleError(ReelscoreError):
    """A plan was made of a video or a song that has changed since; make it again."""

    code = "stale"


class ConfigurationError(ReelscoreError):
    """A key, an extra or a model that this needs is missing."""

    code = "configuration"


class LibraryBusyError(ReelscoreError):
    """Another process owns the library."""

    code = "library_busy"

    def __init__(
        self,
        message: str,
        *,
        owner_pid: int | None = None,
        owner_url: str | None = None,
        owner_doing: str = "",
    ) -> None:
        super().__init__(message)
        self.owner_pid = owner_pid
        self.owner_url = owner_url
        self.owner_doing = owner_doing  # what keeps the owner, if that ends by itself


class StorageError(ReelscoreError):
    """The SQL database or the vector index failed or cannot be reached."""

    code = "storage"


class TransientStorageError(StorageError):
    """The database or the index failed in a way that a later try may mend, such as a lost connection."""

    code = "storage_transient"


class ModelError(ReelscoreError):
    """Model files are missing, damaged or fail their check."""

    code = "model"


class SourceError(ReelscoreError):
    """A music source failed."""

    code = "source"


class TransientSourceError(SourceError):
    """A music source failed in a way that a later try may mend."""

    code = "source_transient"


class AnalysisError(ReelscoreError):
    """A video analyser failed."""

    code = "analysis"


class CancelledError(ReelscoreError):
    """The user stopped the work."""

    code = "cancelled"


def counted(number: int, thing: str) -> str:
    """A number of things as messages say it: "1 song", "3 songs"."""
    return f"1 {thing}" if number == 1 else f"{number} {thing}s"


def how_to_get(extra: str) -> str:
    """What to type for the packages of an extra, however reelscore itself was installed.

    They are named one by one: the index of Python packages has no reelscore of ours, and whatever it may give
    under that name one day is not from us.
    """
    import importlib.metadata

    try:
        listed = importlib.metadata.requires("reelscore") or ()
    except importlib.metadata.PackageNotFoundError:  # run from a folder of sources
        listed = ()
    needs = [need.partition(";") for need in listed]
    wanted = [name.strip() for name, _, marker in needs if re.search(rf"extra == .{extra}\b", marker)]
    if not wanted:
        return f"pip install '.[{extra}]' in a clone of reelscore"
    return "pip install " + " ".join(f"'{name}'" for name in wanted)

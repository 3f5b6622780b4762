"""Music in folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from reelscore.errors import (
    InvalidInputError,
    MediaError,
    MediaNotFoundError,
    TransientSourceError,
    UnusableAudioError,
)
from reelscore.records import FileStamp, Track, TrackIssue
from reelscore.sources.folder.tags import AUDIO_SUFFIXES, clean, parse_name, read_tags

# Says of paths which of them the library knows, and how their files were when it heard them.
KnownStamps = Callable[[Sequence[str]], Mapping[str, FileStamp]]

_LOOKED_UP_TOGETHER = 500


def no_stamps(_: Sequence[str]) -> Mapping[str, FileStamp]:
    """Nothing is known of any path."""
    return {}


class FolderSource:
    """Every audio file under some folders, in the order of their paths.

    Hidden files and folders are left out, unless they are named themselves; files that are no audio by
    their suffix are not offered. A file that two ways lead to is offered once.

    Parameters
    ----------
    paths
        Folders, or single audio files.
    stamps
        What the library knows of paths: a file whose size and time are still those is offered as unchanged,
        and not opened.
    prune
        Whether songs whose files are gone from the folders are to be removed from the library.
    confirmed
        Whether they are to be removed also where it looks like a disk that is not mounted.

    Raises
    ------
    InvalidInputError
        A path does not exist, or none was given.
    """

    name = "folder"
    fetches = 2  # files that are opened and hashed ahead: the disk works while others are listened to

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        stamps: KnownStamps = no_stamps,
        prune: bool = False,
        confirmed: bool = False,
    ) -> None:
        self._stamps = stamps
        self.prune = prune
        self.confirmed = confirmed
        self._paths = [Path(path).expanduser() for path in paths]
        if not self._paths:
            raise InvalidInputError("name at least one folder or audio file")
        for path in self._paths:
            if not path.exists():
                raise InvalidInputError(f"there is no file or folder {printable(path)}")

    @property
    def roots(self) -> list[Path]:
        """The folders and files themselves, without links."""
        return [path.resolve() for path in self._paths]

    def expected(self) -> int:
        """About how many tracks `offer` will give: the names under the folders are counted."""
        return sum(
            sum(1 for _ in walk(path)) if path.is_dir() else 1 for path in self._paths if path.exists()
        )

    def offer(self) -> Iterator[Track | TrackIssue]:
        """The tracks, and the files that cannot be one, with their reason."""
        waiting: list[tuple[Path, FileStamp] | TrackIssue] = []
        for item in self._files():
            waiting.append(item)
            if len(waiting) >= _LOOKED_UP_TOGETHER:
                yield from self._described(waiting)
                waiting = []
        yield from self._described(waiting)

    @contextmanager
    def fetch(self, track: Track) -> Iterator[Path]:
        """The file itself.

        Raises
        ------
        MediaNotFoundError
            It is gone.
        TransientSourceError
            Somebody writes it: it changed while it was read.
        """
        path = Path(track.uri or track.source_id)
        if not path.is_file():
            raise MediaNotFoundError(f"the file is gone: {path}")
        before = _stamp(path)
        try:
            yield path
        except MediaError as error:
            _check_unchanged(path, before, error)  # half a file looks damaged
            raise
        _check_unchanged(path, before)

    def _files(self) -> Iterator[tuple[Path, FileStamp] | TrackIssue]:
        """The regular files that are taken for audio, each once, and why others are not."""
        seen: set[str] = set()
        for given in self._paths:
            if given.is_dir():
                for found in walk(given):
                    yield from self._look_at(found, seen) if isinstance(found, Path) else [found]
            elif given.suffix.lower() in AUDIO_SUFFIXES:
                yield from self._look_at(given, seen)
            else:
                kind = f"a {given.suffix} file" if given.suffix else "a file without a suffix"
                yield _issue(given, f"{kind} is not taken for audio", UnusableAudioError.code)

    def _look_at(self, path: Path, seen: set[str]) -> Iterator[tuple[Path, FileStamp] | TrackIssue]:
        try:
            real = path.resolve(strict=True)
            name = str(real)
            if name in seen:
                return
            seen.add(name)
            name.encode()
            details = real.stat()
            if not stat.S_ISREG(details.st_mode):  # opening a pipe would wait for ever
                yield _issue(path, "not a regular file", UnusableAudioError.code)
            elif details.st_size == 0:
                yield _issue(path, "empty file", UnusableAudioError.code)
            else:
                yield real, FileStamp(details.st_size, details.st_mtime_ns)
        except UnicodeEncodeError:
            yield _issue(path, "its name is not valid UTF-8; rename it", UnusableAudioError.code)
        except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself, before 3.13
            yield _unreadable(path, error)

    def _described(
        self, items: Sequence[tuple[Path, FileStamp] | TrackIssue]
    ) -> Iterator[Track | TrackIssue]:
        """Tracks of files: with their tags, unless the library knows the file as it is."""
        known = self._stamps([str(item[0]) for item in items if not isinstance(item, TrackIssue)])
        for item in items:
            if isinstance(item, TrackIssue):
                yield item
                continue
            path, stamp = item
            name = str(path)
            if known.get(name) == stamp:
                yield Track(self.name, name, path.name, uri=name, stamp=stamp, unchanged=True)
                continue
            try:
                yield _track(path, stamp)
            except OSError as error:
                yield _unreadable(path, error)


def walk(folder: Path) -> Iterator[Path | TrackIssue]:
    """Audio files under a folder in the order of their paths; a folder that cannot be read is an issue.

    Links to folders are followed, but no folder is entered twice.
    """
    entered: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, bool]] = [(folder, True)]  # a stack: nothing here is too deep
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            yield path
            continue
        try:
            details = path.stat()
            if (details.st_dev, details.st_ino) in entered:
                continue
            entered.add((details.st_dev, details.st_ino))
            with os.scandir(path) as scan:
                entries = sorted(scan, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield _issue(path, f"folder cannot be read: {error.strerror or error}", MediaNotFoundError.code)
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                waiting.append((Path(entry.path), True))
            elif Path(entry.name).suffix.lower() in AUDIO_SUFFIXES:
                waiting.append((Path(entry.path), False))


def printable(path: Path) -> str:
    """A path that every terminal and file can take: what is not valid UTF-8 in it is escaped."""
    return str(path).encode(errors="backslashreplace").decode()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _stamp(path: Path) -> FileStamp:
    try:
        details = path.stat()
    except OSError as error:
        raise MediaNotFoundError(f"the file is gone: {path} ({error.strerror or error})") from error
    return FileStamp(details.st_size, details.st_mtime_ns)


def _check_unchanged(path: Path, before: FileStamp, cause: MediaError | None = None) -> None:
    if _stamp(path) != before:
        raise TransientSourceError("it was written while it was read; the next run takes it up") from cause


def _track(path: Path, stamp: FileStamp) -> Track:
    with path.open("rb") as file:
        tags = read_tags(path, file)
    artists, title = parse_name(path.stem)
    return Track(
        source=FolderSource.name,
        source_id=str(path),
        title=tags.title or title or clean(path.name) or path.name,
        artists=tags.artists or (() if tags.title else artists),
        album=tags.album,
        genre=tags.genre,
        year=tags.year,
        duration=tags.duration,
        uri=str(path),
        isrc=tags.isrc,
        stamp=stamp,
    )


def _unreadable(path: Path, error: Exception) -> TrackIssue:
    reason = getattr(error, "strerror", None) or "a link that leads nowhere"
    return _issue(path, f"cannot be read: {reason}", MediaNotFoundError.code)


def _issue(path: Path, reason: str, code: str) -> TrackIssue:
    return TrackIssue(name=printable(path), reason=reason, code=code)

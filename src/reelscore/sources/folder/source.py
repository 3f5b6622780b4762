"""Music in folders."""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from reelscore.audio.decode import probe
from reelscore.audio.formats import KNOWN_SUFFIXES, Kind, format_of
from reelscore.children import in_child
from reelscore.errors import (
    InvalidInputError,
    MediaError,
    MediaNotFoundError,
    TransientSourceError,
    UnusableAudioError,
)
from reelscore.limits import BRIEF
from reelscore.records import FileStamp, Track, TrackIssue
from reelscore.sources.folder.cue import CueSong, find_songs, songs_within, tags_in_sheet
from reelscore.sources.folder.names import folder_title, is_set_aside
from reelscore.sources.folder.rights import licence_of
from reelscore.sources.folder.stamps import joined_stamp, sidecars
from reelscore.sources.folder.tags import clean, parse_name, read_fields
from reelscore.sources.tags.meaning import Tags, tags_of
from reelscore.sources.tags.raw import RawTags

_LOOKED_UP_TOGETHER = 500
# What is longer may be a whole record, with a sheet in it that an older version did not look for.
RECORD_SECONDS = 600.0
CUT_MARK = "#cue-"  # in the names of songs that a sheet cuts out of a file


class HeardFile(NamedTuple):
    """How a file was when the library heard it, and whether it is one song of more than `RECORD_SECONDS`."""

    stamp: FileStamp
    long: bool = False


# Says of names within this source which of them the library knows.
KnownStamps = Callable[[Sequence[str]], Mapping[str, HeardFile]]


@dataclass(frozen=True, slots=True)
class _Found:
    """A sound file, or one song of it."""

    path: Path  # without links
    stamp: FileStamp
    song: CueSong | None = None

    @property
    def name(self) -> str:
        """What it goes by within this source: stable as long as file and sheet keep their places."""
        return str(self.path) if self.song is None else f"{self.path}{CUT_MARK}{self.song.number:02d}"


def no_stamps(_: Sequence[str]) -> Mapping[str, HeardFile]:
    """Nothing is known of any name."""
    return {}


class FolderSource:
    """Every audio file under some folders, in the order of their paths.

    Hidden files and folders are left out, unless they are named themselves, and so are the bins and
    thumbnails of file servers. `reelscore.audio.formats` says which suffixes are sound; what it names and
    cannot be offered is an issue. A file that two ways lead to is offered once, and one that a CUE sheet
    beside it or in it cuts into songs is offered as those.

    Parameters
    ----------
    paths
        Folders, or single audio files.
    stamps
        What the library knows: a file whose size and time are still those is offered as unchanged, and not
        opened, unless it may be a whole record.
    prune
        Whether songs whose files are gone from the folders are to be removed from the library.
    confirmed
        Whether they are to be removed also if it looks like a disk that is not mounted.

    Attributes
    ----------
    cut
        Files that were offered as several songs so far, with the names of those.

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
        self._sheets: tuple[Path, dict[str, tuple[Path, tuple[CueSong, ...]]]] = (Path(), {})
        self.cut: dict[str, set[str]] = {}
        self._names: frozenset[str] = frozenset()  # in the folder of the sheets

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
        waiting: list[_Found | TrackIssue] = []
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

    def _files(self) -> Iterator[_Found | TrackIssue]:
        """The regular files that are taken for audio, each once, and why others are not."""
        seen: set[str] = set()
        for given in self._paths:
            if given.is_dir():
                for found in walk(given):
                    yield from self._look_at(found, seen) if isinstance(found, Path) else [found]
            elif given.suffix.lower() in KNOWN_SUFFIXES:
                yield from self._look_at(given, seen)
            else:
                kind = f"a {given.suffix} file" if given.suffix else "a file without a suffix"
                yield _issue(given, f"{kind} is not taken for audio", UnusableAudioError.code)

    def _look_at(self, path: Path, seen: set[str]) -> Iterator[_Found | TrackIssue]:
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
            elif refusal := _refused(path):
                yield refusal
            else:
                yield from self._songs_of(path, real, details)
        except UnicodeEncodeError:
            yield _issue(path, "its name is not valid UTF-8; rename it", UnusableAudioError.code)
        except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself, before 3.13
            yield _unreadable(path, error)

    def _songs_of(self, path: Path, real: Path, details: os.stat_result) -> Iterator[_Found]:
        """The file as one song, or the songs into which a sheet beside it cuts it."""
        if self._sheets[0] != path.parent:
            names = [entry.name for entry in os.scandir(path.parent)]
            sheets = find_songs(path.parent, names) if any(n.lower().endswith(".cue") for n in names) else {}
            self._sheets, self._names = (path.parent, sheets), frozenset(names)
        cut = self._sheets[1].get(path.name)
        beside = sidecars(real, self._names if real.parent == path.parent else None)
        if cut is None:
            yield _Found(real, joined_stamp(details, beside))
            return
        sheet, songs = cut
        # Another sheet makes other songs of the same file.
        stamp = joined_stamp(details, [*beside, sheet.stat()])
        yield from (_Found(real, stamp, song) for song in songs)

    def _described(self, items: Sequence[_Found | TrackIssue]) -> Iterator[Track | TrackIssue]:
        """Tracks of files: with their tags, unless the library knows the file as it is."""
        known = self._stamps([item.name for item in items if isinstance(item, _Found)])
        for item in items:
            if isinstance(item, TrackIssue):
                yield item
                continue
            row = known.get(item.name)
            is_known = row is not None and row.stamp == item.stamp
            if row is not None and is_known and not row.long:
                yield self._as_known(item)
                continue
            try:
                yield from self._read(item, is_known=is_known)
            except OSError as error:
                yield _unreadable(item.path, error)

    def _read(self, found: _Found, *, is_known: bool) -> Iterator[Track]:
        """The track of a file with its tags, or the songs into which the file cuts itself."""
        fields, tags, songs = _read_file(found.path)
        songs = songs if found.song is None else ()
        if not songs or songs[-1].begin >= _length(found.path):
            yield self._as_known(found) if is_known else self._track(found, tags, fields)
            return
        parts = [replace(found, song=song) for song in songs]
        known = self._stamps([part.name for part in parts])
        for part in parts:
            same = (row := known.get(part.name)) is not None and row.stamp == part.stamp
            yield self._as_known(part) if same else self._track(part, tags, fields)

    def _as_known(self, found: _Found) -> Track:
        self._note_cut(found)
        return Track(
            self.name, found.name, found.path.name, uri=str(found.path), stamp=found.stamp, unchanged=True
        )

    def _track(self, found: _Found, tags: Tags, fields: RawTags) -> Track:
        self._note_cut(found)
        return replace(_track(found, tags, self.roots), licence=licence_of(found.path, fields))

    def _note_cut(self, found: _Found) -> None:
        if found.song is not None:
            self.cut.setdefault(str(found.path), set()).add(found.name)


@in_child(BRIEF)
def _read_file(path: Path) -> tuple[RawTags, Tags, tuple[CueSong, ...]]:
    """The tags of a file, and the songs into which it cuts itself; OSError if it cannot be read."""
    with path.open("rb") as file:
        fields = read_fields(path, file)
        tags = tags_of(fields)
        return fields, tags, songs_within(file, tags.cue)


def walk(folder: Path) -> Iterator[Path | TrackIssue]:
    """Audio files under a folder in the order of their paths; a folder that cannot be read is an issue.

    Links to folders are followed, but no folder is entered twice. Given are all files of which
    `reelscore.audio.formats` knows the suffix, those too that cannot be offered.
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
                if not is_set_aside(entry.name):
                    waiting.append((Path(entry.path), True))
            elif Path(entry.name).suffix.lower() in KNOWN_SUFFIXES:
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


def _refused(path: Path) -> TrackIssue | None:
    """Why a file that is sound, or may be, by its suffix is not offered; None if it is."""
    known = format_of(path.name)
    suffix = path.suffix.lower()
    if known is None or known.kind is Kind.SOUND:
        return None
    if known.kind is Kind.REFUSED:
        return _issue(path, f"a {suffix} file {known.reason}", UnusableAudioError.code)
    try:
        media = probe(path)
    except MediaError as error:
        return _issue(path, str(error), error.code)
    if media.has_video:
        reason = f"a {suffix} file with moving pictures; only sound is indexed (ask about it instead)"
        return _issue(path, reason, UnusableAudioError.code)
    return None if media.has_audio else _issue(path, "it has no sound", UnusableAudioError.code)


def _length(path: Path) -> float:
    """What a file states as its length, in seconds; without end if it does not."""
    try:
        return probe(path).duration or math.inf
    except MediaError:
        return math.inf


def _track(found: _Found, tags: Tags, roots: Sequence[Path]) -> Track:
    path, song = found.path, found.song
    if song is not None:
        tags = tags_in_sheet(song, tags)
    artists, title = parse_name(path.stem)
    named_by_file = song is None and not tags.title
    own_artists = tags.artists or (artists if named_by_file else ())
    return Track(
        source=FolderSource.name,
        source_id=found.name,
        title=tags.title or (f"Track {song.number}" if song else title) or clean(path.name) or path.name,
        artists=own_artists,
        album=tags.album or (None if tags.artists else folder_title(path, roots)),
        genre=tags.genre,
        year=tags.year,
        original_year=tags.original_year,
        duration=song.end - song.begin if song is not None and song.end is not None else None,
        begin=song.begin if song is not None else None,
        uri=str(path),
        isrc=tags.isrc,
        stamp=found.stamp,
        untagged=tags.empty,
    )


def _unreadable(path: Path, error: Exception) -> TrackIssue:
    reason = getattr(error, "strerror", None) or "a link that leads nowhere"
    return _issue(path, f"cannot be read: {reason}", MediaNotFoundError.code)


def _issue(path: Path, reason: str, code: str) -> TrackIssue:
    return TrackIssue(name=printable(path), reason=reason, code=code)

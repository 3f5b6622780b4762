"""What a file means for the library: new, the one that is known, a copy, moved, changed, or gone.

A song belongs to the path in its `uri`, and may have copies elsewhere, which are known by their content. A
song keeps its id wherever its file goes, and whatever sound its path gets.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from reelscore.catalog.files import SongFile
from reelscore.catalog.store import Catalog
from reelscore.errors import TransientSourceError, counted
from reelscore.records import AnalysedTrack, FileStamp, Song, Track, TrackIssue, song_id
from reelscore.sources.folder.source import CUT_MARK, FolderSource
from reelscore.sources.folder.stamps import file_stamp

_TOGETHER = 500

# A folder that lost more songs than this, and more than half of what it had, may be a disk that is away.
_FEW = 10
DOUBTFUL = "prune_refused"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An offered track that has to be looked at."""

    position: int  # among the offers
    track: Track
    own: Song | None = None  # the song that this path belongs to, whose file is not the one that was heard


@dataclass(frozen=True, slots=True)
class Familiar:
    """The sound of an arrival is that of a song which is there already."""

    arrival: Arrival
    content_hash: str
    song_id: str


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of files that are not there any more."""

    moved: int = 0  # songs that go on at the path of a copy
    missing: tuple[str, ...] = ()
    songs: tuple[str, ...] = ()  # ids of the songs of the missing paths, in the same order
    issues: tuple[TrackIssue, ...] = ()
    doubts: tuple[TrackIssue, ...] = ()  # why the songs are not to be removed before somebody confirms it


class Filing:
    """Holds the files of a source against what the library knows of them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def sort_out(self, offers: Sequence[tuple[int, Track]]) -> tuple[list[Arrival], int]:
        """Those files that have to be looked at, and how many are known as they are."""
        arrivals = []
        looked_at = [(position, track) for position, track in offers if not track.unchanged]
        rows = self._catalog.known_files([track.id for _, track in looked_at])
        wanted = {rows[track.id].song_id if track.id in rows else track.id for _, track in looked_at}
        songs = {song.id: song for song in self._catalog.songs(sorted(wanted))}
        for position, track in looked_at:
            row = rows.get(track.id)
            song = songs.get(row.song_id if row else track.id)
            own = song if song is not None and song.uri == track.uri else None
            arrivals.append(Arrival(position, track, own))
        return arrivals, len(offers) - len(looked_at)

    def settle(self, familiar: Sequence[Familiar]) -> int:
        """Note where known sound was found; returns how many songs have moved there."""
        songs = {song.id: song for song in self._catalog.songs(list({one.song_id for one in familiar}))}
        restated: dict[str, Track] = {}
        left: list[str] = []
        moved = 0
        for one in familiar:
            track, song = one.arrival.track, songs.get(one.song_id)
            if song is None or song.source != track.source or song.uri is None or track.uri is None:
                continue
            if track.stamp is None:  # a service does not move its songs
                continue
            uri = restated[song.id].uri if song.id in restated else song.uri
            if uri == track.uri:  # the same sound under the same path: its tags may be better now
                restated[song.id] = _restated(track, song)
            elif uri is not None and not self._is_still_there(uri, track.uri, one.content_hash):
                restated[song.id] = _restated(track, song)
                left.append(song_id(song.source, uri))
                moved += 1
        self._catalog.refresh(list(restated.values()))
        self._catalog.note_files(
            [
                file
                for one in familiar
                if (file := file_of(one.arrival.track, one.song_id, one.content_hash)) is not None
            ]
        )
        self._catalog.forget_files(left)
        return moved

    def name_new(self, items: Sequence[tuple[Arrival, AnalysedTrack]]) -> list[AnalysedTrack]:
        """The tracks with the ids under which they are to be stored.

        What is heard at the path of a song belongs to that song. Where another song began at this path and
        moved away since, the new one gets an id of its own.
        """
        fresh = [arrival.track.id for arrival, _ in items if arrival.own is None and arrival.track.stamp]
        taken = self._catalog.known_ids(fresh)
        named = []
        for arrival, analysed in items:
            track = analysed.track
            if arrival.own is not None:
                track = replace(track, source_id=arrival.own.source_id)
            elif track.stamp is not None and track.id in taken:
                track = replace(track, source_id=f"{track.source_id}#{analysed.content_hash[:12]}")
            named.append(replace(analysed, track=track))
        return named

    def note(self, stored: Sequence[tuple[Arrival, AnalysedTrack]]) -> None:
        """Remember the files of songs that were stored."""
        files = [file_of(arrival.track, item.track.id, item.content_hash) for arrival, item in stored]
        self._catalog.note_files([file for file in files if file is not None])

    def find_recut(self, source: FolderSource) -> list[str]:
        """Songs of the files that a source offered which are cut in another way than when they were heard."""
        names = {path: [song_id(source.name, name) for name in songs] for path, songs in source.cut.items()}
        rows = self._catalog.known_files([place for places in names.values() for place in places])
        now = {path: {rows[p].song_id for p in places if p in rows} for path, places in names.items()}
        stale: list[str] = []
        parts: dict[str, list[str]] = {}  # place of a file that is one song now -> what was cut out of it
        for song, path, name in self._known_under(source.roots):
            if path in now:
                if now[path] and song not in now[path]:
                    stale.append(song)
            elif CUT_MARK in name:
                parts.setdefault(song_id(source.name, path), []).append(song)
        for place, row in self._catalog.known_files(list(parts)).items():
            stale += [song for song in parts[place] if song != row.song_id]
        return stale

    def find_gone(self, source: FolderSource) -> Gone:
        """Look for the known files under the folders of a source that are not there any more."""
        missing: dict[str, str] = {}  # song id -> path
        issues: list[TrackIssue] = []
        known: dict[Path, int] = {}  # songs under each folder
        moved = 0
        for root in source.roots:
            under = [(song, path) for song, path, _ in self._known_under([root])]
            if _is_empty(root) and not (source.prune and source.confirmed):
                if under:
                    what = (
                        f"the folder is empty, though {counted(len(under), 'song')} of the library lie in it"
                    )
                    reason = f"{what}; is its disk mounted? They stay as they are"
                    issues.append(TrackIssue(str(root), reason, TransientSourceError.code))
                continue
            known[root] = len(under)
            missing |= {song: path for song, path in under if is_gone(path)}
            lost = [row for row in self._catalog.files_under(str(root)) if is_gone(row.path)]
            # Of a song that is missing too, the row stays: its file may come back as it was.
            self._catalog.forget_files(
                [row.id for row in lost if missing.get(row.song_id) != row.path],
            )
        songs = list(missing)
        for start in range(0, len(songs), _TOGETHER):
            moved += self._move_to_copies(songs[start : start + _TOGETHER], missing)
        by_path = sorted((path, song) for song, path in missing.items())
        return Gone(
            moved=moved,
            missing=tuple(path for path, _ in by_path),
            songs=tuple(song for _, song in by_path),
            issues=tuple(issues),
            doubts=tuple(_doubts(known, missing.values())),
        )

    def _move_to_copies(self, songs: Collection[str], missing: dict[str, str]) -> int:
        """Let songs go on at a copy of their file, if there is one; they leave `missing`."""
        copies = self._catalog.files_of_songs(songs)
        stated = []
        left = []
        for song in self._catalog.songs(list(songs)):
            alive = [row for row in copies.get(song.id, ()) if not is_gone(row.path)]
            if alive:
                values = {item.name: getattr(song, item.name) for item in fields(Track) if _stated(item.name)}
                stated.append(Track(**values | {"uri": alive[0].path}))
                left.append(song_id(song.source, missing.pop(song.id)))
        self._catalog.refresh(stated)
        self._catalog.forget_files(left)
        return len(stated)

    def _known_under(self, roots: Sequence[Path]) -> Iterator[tuple[str, str, str]]:
        """Id, path and name within its source of every song whose file lies at such a path or below it."""
        below = tuple(str(root).rstrip(os.sep) + os.sep for root in roots)
        at = {str(root) for root in roots}
        for known in self._catalog.songs_of_source(FolderSource.name):
            if known.uri is not None and (known.uri in at or known.uri.startswith(below)):
                yield known.id, known.uri, known.source_id

    def _is_still_there(self, old: str, new: str, content_hash: str) -> bool:
        """Whether a song's own file is where it was, so that the other one is a copy."""
        try:
            stamp = file_stamp(Path(old))
            if old.casefold() == new.casefold() and Path(old).samefile(new):
                return False  # renamed if names differ by more than their case only
        except OSError:
            return not is_gone(old)
        place = song_id(FolderSource.name, old)
        row = self._catalog.known_files([place]).get(place)
        if row is None or row.content_hash != content_hash:
            return True
        # If other sound lies there now, the new path is where the song went.
        return row.stamp == stamp


def is_gone(path: str) -> bool:
    """Whether there is no such file, as far as can be told: one that cannot be looked at is not gone."""
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _doubts(known: Mapping[Path, int], missing: Collection[str]) -> Iterator[TrackIssue]:
    """What speaks for a disk that is away rather than for files that were deleted, a line for each folder.

    Parameters
    ----------
    known
        How many songs of the library each folder had.
    missing
        Paths of the songs without a file.
    """
    for root, songs in known.items():
        gone = [Path(path) for path in missing if Path(path).is_relative_to(root)]
        emptied = _emptied(root, gone)
        if not emptied and not (len(gone) > _FEW and 2 * len(gone) > songs):
            continue
        what = f"{len(gone)} of its {counted(songs, 'song')} have no file any more"
        if emptied:
            number = counted(len(emptied), "folder")
            what += f", and {number} with songs became empty or went, such as {emptied[0]}"
        reason = f"nothing was removed: {what}; is a disk not mounted? Else confirm it (--prune --yes)"
        yield TrackIssue(str(root), reason, DOUBTFUL)


def _emptied(root: Path, gone: Collection[Path]) -> list[Path]:
    """The topmost folders below a root that held lost files, and that are empty or not there."""
    looked: dict[Path, bool] = {}
    found: set[Path] = set()
    for path in gone:
        for folder in reversed([parent for parent in path.parents if root in parent.parents]):
            if folder not in looked:
                looked[folder] = _is_empty(folder)
            if looked[folder]:
                found.add(folder)
                break
    return sorted(found)


def file_of(track: Track, song: str, content_hash: str) -> SongFile | None:
    """What is to be remembered of where a track was heard; None if its own song tells it.

    A song of a service that has the sound of another one has a line with no path, so that it is not fetched
    again.
    """
    if track.stamp is None or track.uri is None:
        named = f"{track.source}:{track.source_id}"
        return None if track.id == song else SongFile(track.id, song, named, FileStamp(0, 0), content_hash)
    return SongFile(track.id, song, track.uri, track.stamp, content_hash)


def _restated(track: Track, song: Song) -> Track:
    """What a file says of a song whose sound is known: its length stays the one that was heard."""
    return replace(track, source_id=song.source_id, duration=song.duration)


def _stated(name: str) -> bool:
    return name not in ("stamp", "unchanged", "untagged")


def _is_empty(root: Path) -> bool:
    """Whether a folder has nothing in it, or is not there: a disk that is not mounted looks like this."""
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is None
    except NotADirectoryError:
        return False  # a single file
    except OSError:
        return True

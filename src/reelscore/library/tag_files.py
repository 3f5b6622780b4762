"""Tempo, key and mood written into the tags of files, and taken back: the sound and all else stay."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelscore.audio.decode import probe
from reelscore.audio.packets import sound_fingerprint
from reelscore.catalog.store import Catalog
from reelscore.catalog.tag_writes import TagWrite
from reelscore.errors import (
    InvalidInputError,
    MediaNotFoundError,
    NotFoundError,
    StaleError,
    UnknownNameError,
)
from reelscore.files import hash_file, whole_file
from reelscore.filters.parsing import known_moods
from reelscore.library.placed_songs import LEAST_CONFIDENCE
from reelscore.records import MusicFeatures, Song
from reelscore.sources.folder.source import FolderSource
from reelscore.sources.folder.stamps import file_stamp
from reelscore.sources.tags.writing.edit import FIELDS, TagsNotWritableError, Wanted, pieces_of
from reelscore.sources.tags.writing.writers import edit_tags

__all__ = ["FIELDS", "tag_values", "undo_tags", "write_tags"]


def write_tags(
    catalog: Catalog, song_id: str, fields: Collection[str], *, folder: Path | None = None
) -> dict[str, Any]:
    """Write what is known of a song into the tags of its file.

    Parameters
    ----------
    fields
        Some of `FIELDS`; what is not known of the song is left as it stands in the file.
    folder
        Where a copy is written, under the file's own name; None: the file itself is replaced.

    Returns
    -------
    dict
        "song_id", "title", "path" of what was written, and "written": field -> texts.

    Raises
    ------
    UnknownNameError, NotFoundError
        There is no such field or song.
    InvalidInputError
        The song is no file of a folder, nothing is known of what was asked, or such a file is not written.
    StaleError
        The file is not the one that was heard.
    MediaError, StorageError
        It cannot be read or written.
    """
    for name in fields:
        if name not in FIELDS:
            raise UnknownNameError("field of the tags", name, FIELDS)
    song = catalog.song(song_id)
    path = _own_file(song)
    values = tag_values(catalog, song, fields)
    if not values:
        raise InvalidInputError(f"nothing is known of the {' and '.join(fields)} of “{song.title}”")
    if folder is not None:
        copy = folder.expanduser().absolute() / path.name
        if copy.exists():
            raise InvalidInputError(f"{copy} is there already; remove it or name another folder")
        _check_heard(song, path)
        _rewrite(path, copy, values)
        return _report(song, copy, values)

    earlier = catalog.tag_write(song.id)
    _check_heard(song, path)

    def remember(content_hash: str, before: Mapping[str, Sequence[bytes]]) -> None:
        # What was there before the first of several writes is what a user wants back.
        first = earlier.before if earlier and earlier.content_hash == song.content_hash else {}
        catalog.note_tag_write(song.id, TagWrite(content_hash, {**before, **first}))

    _follow(catalog, song, path, _rewrite(path, path, values, remember))
    return _report(song, path, values)


def undo_tags(catalog: Catalog, song_id: str) -> dict[str, Any]:
    """Put back what stood in the tags of a song's file before they were written; gives as `write_tags` does.

    Raises
    ------
    NotFoundError
        There is no such song, or nothing was written to its file.
    StaleError
        Somebody else changed the file since.
    MediaError, StorageError
        It cannot be read or written.
    """
    song = catalog.song(song_id)
    path = _own_file(song)
    written = catalog.tag_write(song.id)
    if written is None:
        raise NotFoundError(f"no tags of “{song.title}” were written, so there is nothing to take back")
    if hash_file(path) != written.content_hash:
        raise StaleError(f"{path} was changed since its tags were written; they stay as they are")
    _follow(catalog, song, path, _rewrite(path, path, written.before))
    catalog.forget_tag_write(song.id)
    return _report(song, path, {name: [] for name in written.before})


def tag_values(catalog: Catalog, song: Song, fields: Collection[str]) -> dict[str, list[str]]:
    """What is known of a song as texts for tags: a tempo with at most two decimals, "Am" for A minor."""
    features = catalog.features([song.id]).get(song.id) or MusicFeatures(0.0)
    values = {}
    if "bpm" in fields and features.tempo_bpm and features.tempo_confidence >= LEAST_CONFIDENCE:
        values["bpm"] = [f"{features.tempo_bpm:.2f}".rstrip("0").rstrip(".")]
    if "key" in fields and features.key:
        tonic, _, mode = features.key.partition(" ")
        values["key"] = [tonic + ("m" if mode == "minor" else "")]
    if "mood" in fields:
        heard = catalog.facets([song.id]).get(song.id, {}).get("tag", ())
        values |= {"mood": list(moods)} if (moods := known_moods(heard)) else {}
    return values


def _own_file(song: Song) -> Path:
    if song.source != FolderSource.name or not song.uri:
        raise InvalidInputError(f"“{song.title}” is of {song.source}; only files of folders are written")
    if song.begin is not None:
        raise InvalidInputError(f"“{song.title}” is a part of {song.uri}, whose tags are of the whole file")
    path = Path(song.uri)
    if not path.is_file():
        raise MediaNotFoundError(f"the file is gone: {path}")
    return path


def _check_heard(song: Song, path: Path) -> None:
    if hash_file(path) != song.content_hash:
        raise StaleError(f"{path} is not the file that was heard; ingest its folder first")


def _rewrite(
    path: Path,
    target: Path,
    wanted: Wanted,
    remember: Callable[[str, Mapping[str, Sequence[bytes]]], None] | None = None,
) -> str:
    """Write the file with other tags to `target`, whole or not at all; returns the hash of what was written.

    `remember` is called with that hash, and what stood in the file, before it takes its name.
    """
    sound = sound_fingerprint(path)
    container = probe(path).container
    try:
        with whole_file(target) as temporary:
            with path.open("rb") as file, temporary.open("wb") as made:
                edit = edit_tags(file, container, wanted)
                for block in pieces_of(edit, file):
                    made.write(block)
            if sound_fingerprint(temporary) != sound:
                raise TagsNotWritableError("with tags its sound would be another")
            _take_over(path, temporary)
            content = hash_file(temporary)
            if remember is not None:
                remember(content, edit.before)
    except TagsNotWritableError as error:
        raise TagsNotWritableError(f"{path} stays as it is: {error}") from error
    return content


def _take_over(path: Path, made: Path) -> None:
    """Mode, owner and extended attributes of the file, but the time of now: backups are to see the change."""
    details = path.stat()
    shutil.copystat(path, made)
    if (details.st_uid, details.st_gid) != (made.stat().st_uid, made.stat().st_gid):
        try:
            os.chown(made, details.st_uid, details.st_gid)
        except OSError as error:
            raise TagsNotWritableError("it is another user's, and would become this user's") from error
    os.utime(made)


def _follow(catalog: Catalog, song: Song, path: Path, content_hash: str) -> None:
    catalog.follow_file(song.id, str(path), content_hash, file_stamp(path))


def _report(song: Song, path: Path, values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {"song_id": song.id, "title": song.title, "path": str(path), "written": dict(values)}

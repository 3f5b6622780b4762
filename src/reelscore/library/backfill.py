"""Keep what filters and names ask for in step with the songs: also in libraries that older versions filled.

A library of an older version is brought up to date in steps of a few hundred songs, each a transaction that
does no harm if it is done twice. How far it got is noted, so whoever was cut off, or comes second, goes on
from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from reelscore.filters.facets import FACETS_VERSION
from reelscore.records import Progress, ProgressCallback, TrackEmbedding, ignore_progress
from reelscore.text.words import WORDS_VERSION
from reelscore.wiring import Wiring

_NOTE = "facets_version"
_WORDS_NOTE = "words_version"
_BATCH = 500  # songs whose windows are read at once, some MB
QUICK = 2_000  # songs that are brought up to date in the moment that somebody asks


def songs_behind(wiring: Wiring) -> int:
    """How many songs lack the words, terms or tags of this version; a few small queries."""
    catalog, space = wiring.catalog, wiring.lite.space.name
    behind = 0
    for note, version in ((_WORDS_NOTE, WORDS_VERSION), (_NOTE, FACETS_VERSION)):
        if catalog.note(note) != str(version):
            behind = max(behind, catalog.songs_after(_reached(wiring, note, version)))
    return behind or max(0, catalog.vector_count(space) - catalog.tagged_count(wiring.embedders.tag_space))


def refresh_facets(wiring: Wiring, progress: ProgressCallback = ignore_progress) -> int:
    """Write the words, terms and tags that songs lack, or that an older version wrote.

    Returns how many songs got tags. Tags are read from the stored vectors, so nothing is listened to again.
    What is there already costs a few small queries. The indexes of all spaces are to be brought up to date
    afterwards. If `progress` raises CancelledError, the next call goes on from there.
    """
    catalog, space = wiring.catalog, wiring.lite.space.name
    written = 0

    def write_facets(after: str) -> list[str]:
        nonlocal written
        catalog.set_licences(_licences(wiring, after))
        songs = catalog.rewrite_terms(after)
        written += _write_tags(wiring, songs)
        return songs

    _go_through(wiring, _WORDS_NOTE, WORDS_VERSION, catalog.rewrite_words, progress)
    _go_through(wiring, _NOTE, FACETS_VERSION, write_facets, progress)
    tags = wiring.embedders.tag_space
    if catalog.tagged_count(tags) != catalog.vector_count(space):
        written += _write_tags(wiring, catalog.songs_without_tags(space, tags))
    return written


def _licences(wiring: Wiring, after: str) -> dict[str, str]:
    """Id -> licence of the songs that `rewrite_terms` does next and whose files state one."""
    from reelscore.sources.folder.rights import licence_of

    songs = wiring.catalog.songs(wiring.catalog.ids_after(after))
    found = {}
    for song in songs:
        local = song.uri is not None and "://" not in song.uri
        licence = song.labels.get("licence") or (licence_of(Path(str(song.uri))) if local else None)
        if licence:
            found[song.id] = licence
    return found


def refresh_if_quick(wiring: Wiring) -> int:
    """`refresh_facets`, unless a job does it and it takes long; returns how many songs wait for that job."""
    behind = songs_behind(wiring)
    if wiring.sync.in_jobs and behind > QUICK:
        return behind
    if behind:
        refresh_facets(wiring)
    return 0


def _go_through(
    wiring: Wiring, note: str, version: int, step: Callable[[str], list[str]], progress: ProgressCallback
) -> None:
    """Take a step after the other through all songs in the order of their ids, unless that was done.

    `step` does the songs after an id, and returns their ids. What is noted as reached has been done, by
    whichever process, so the furthest of them is gone on from.
    """
    catalog = wiring.catalog
    if catalog.note(note) == str(version):
        return
    after = _reached(wiring, note, version)
    remaining = catalog.songs_after(after)
    done = 0
    while songs := step(after):
        done += len(songs)
        after = max(songs[-1], _reached(wiring, note, version))
        catalog.set_note(_place(note), f"{version} {after}")
        progress(Progress(done, max(remaining, done), "bringing the library up to date"))
    catalog.set_note(_place(note), "")
    catalog.set_note(note, str(version))


def _reached(wiring: Wiring, note: str, version: int) -> str:
    """The id up to which all songs are done; nothing if none is."""
    noted, _, song = (wiring.catalog.note(_place(note)) or "").partition(" ")
    return song if noted == str(version) else ""


def _place(note: str) -> str:
    return f"{note} reached"


def _write_tags(wiring: Wiring, songs: Sequence[str]) -> int:
    embedders, catalog = wiring.embedders, wiring.catalog
    lite = wiring.lite.space.name
    written = 0
    for start in range(0, len(songs), _BATCH):
        some = songs[start : start + _BATCH]
        heard = {song: {lite: one} for song, one in catalog.window_vectors(lite, some).items()}
        for space in dict.fromkeys(each.sound_space for each in embedders.tuned):
            for ids, block in catalog.track_vectors(space, list(heard)):
                for song, vector in zip(ids, block, strict=True):
                    heard[song][space] = TrackEmbedding(space, vector, vector[None][:0], (), 0.0)
        tags = {song: embedders.tags_of(own) for song, own in heard.items()}
        catalog.set_tags(embedders.tag_space, tags)
        written += len(tags)
    return written

"""Hear songs again that lack measurements or vectors, or whose measurements are old; nothing else changes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import fields, replace
from pathlib import Path

from reelscore.analysis.hearing import Heard
from reelscore.analysis.track import GENERAL_ERRORS, hear, is_unchanged, part_of
from reelscore.catalog.integrity.findings import Finding
from reelscore.errors import MediaNotFoundError, ReelscoreError
from reelscore.files import hash_file
from reelscore.library.on_demand import current
from reelscore.net.waiting import stoppable
from reelscore.records import Progress, ProgressCallback, Song, Track, TrackEmbedding
from reelscore.wiring import Wiring

_TOGETHER = 8
_SAME_LENGTH_SECONDS = 0.05


def hear_again(wiring: Wiring, ids: Sequence[str], progress: ProgressCallback) -> list[Finding]:
    """Analyse songs again if their sound is the one that was heard before.

    Returns
    -------
    list of Finding
        One for each song that could not be heard, with the reason.
    """
    refused: list[Finding] = []
    done = 0
    stop = threading.Event()
    with ThreadPoolExecutor(wiring.threads, thread_name_prefix="rehear") as pool, ExitStack() as end:
        end.callback(stop.set)
        for start in range(0, len(ids), _TOGETHER):
            songs = wiring.catalog.songs(ids[start : start + _TOGETHER])
            outcomes = pool.map(lambda song: _hear(wiring, song, stop), songs)
            for song, outcome in zip(songs, outcomes, strict=True):
                if isinstance(outcome, Heard):
                    _store(wiring, song, outcome)
                else:
                    what = f"“{song.title}” cannot be heard again: {outcome}"
                    refused.append(Finding("cannot_hear", 1, what, (song.id,)))
                done += 1
                progress(Progress(done, len(ids), song.title))
    return refused


def _hear(wiring: Wiring, song: Song, stop: threading.Event) -> Heard | ReelscoreError:
    try:
        with stoppable(stop), fetch_again(wiring, song) as path:
            if song.content_hash and not is_unchanged(song, hash_file(path)):
                raise MediaNotFoundError("the file was changed after it was added; ingest its folder again")
            return hear(path, wiring.embedders, part_of(song))
    except GENERAL_ERRORS:
        raise
    except ReelscoreError as error:
        return error


def _store(wiring: Wiring, song: Song, heard: Heard) -> None:
    catalog = wiring.catalog
    known = catalog.features([song.id]).get(song.id)
    if known is None or known.version != heard.features.version:
        catalog.set_features(song.id, heard.features)
        if song.duration is None or abs(song.duration - heard.length) > _SAME_LENGTH_SECONDS:
            catalog.refresh([replace(_track(song), duration=heard.length)])
    if not current(catalog.structure(song.id)):
        catalog.save_structure(song.id, heard.structure)
    for embedding in heard.embeddings:
        if not _has(wiring, song.id, embedding):
            catalog.add_embeddings({song.id: embedding})


def _has(wiring: Wiring, song: str, embedding: TrackEmbedding) -> bool:
    return any(ids for ids, _ in wiring.catalog.track_vectors(embedding.space, [song]))


def fetch_again(wiring: Wiring, song: Song) -> AbstractContextManager[Path]:
    """The sound of a song that is in the library, as a file for as long as the context is open.

    Raises MediaError or SourceError if it cannot be had.
    """
    if song.uri and "://" not in song.uri:
        path = Path(song.uri)
        if not path.is_file():
            raise MediaNotFoundError("the file is gone; put it back, or take the song out of the library")
        return nullcontext(path)
    return wiring.source(song.source, {}).fetch(_track(song))


def _track(song: Song) -> Track:
    known = {field.name for field in fields(Track)}
    return Track(**{field.name: getattr(song, field.name) for field in fields(Song) if field.name in known})

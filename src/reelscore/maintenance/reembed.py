"""Bring a library into another space: beside the old one, and only when all is there switch to it.

Each batch of songs is one SQL transaction, and what remains to be done is asked of SQL, so a run that was
cut off anywhere goes on with the next run. Searches go on in the old space until the switch, which is one
row.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from reelscore.analysis.hearing import load_part
from reelscore.analysis.track import GENERAL_ERRORS, is_unchanged, part_of
from reelscore.embedding.base import AudioEmbedder
from reelscore.embedding.tuned import TunedEmbedder
from reelscore.errors import MediaNotFoundError, ModelError, ReelscoreError, UnknownNameError
from reelscore.files import hash_file
from reelscore.ingest.rehearing import fetch_again
from reelscore.library.index_sync import open_index, refresh_indexes
from reelscore.records import (
    MusicFeatures,
    Progress,
    ProgressCallback,
    Song,
    TrackEmbedding,
    TrackIssue,
    ignore_progress,
)
from reelscore.wiring import Wiring

_PAGE = 200
# Songs written in one transaction: what is lost if the process is killed.
BATCH = 8


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """How a run ended. songs = embedded + already_there + len(failed) + removed."""

    space: str
    songs: int  # in the library when the run began
    embedded: int = 0  # by this run
    already_there: int = 0
    removed: int = 0  # went out of the library while the run was on
    failed: tuple[TrackIssue, ...] = ()
    switched: bool = False  # searches by words are answered in the space now
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every song of the library is in the space."""
        return not self.failed

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "space": self.space,
            "songs": self.songs,
            "embedded": self.embedded,
            "already_there": self.already_there,
            "removed": self.removed,
            "failed": [
                {"name": issue.name, "reason": issue.reason, "code": issue.code} for issue in self.failed
            ],
            "complete": self.complete,
            "switched": self.switched,
            "seconds": round(self.seconds, 1),
        }


class ReindexingService:
    """Embeds the songs of a library into a space that they are not in yet.

    Parameters
    ----------
    wiring
        The library; its suite must know the space.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def reindex(
        self,
        embedder: AudioEmbedder | TunedEmbedder,
        *,
        switch: bool = True,
        allow_gaps: bool = False,
        progress: ProgressCallback = ignore_progress,
    ) -> ReindexReport:
        """Embed what the space lacks, and then switch searches by words to it.

        A song whose sound cannot be had is a line of the report. If there is one, nothing is switched,
        since that song could not be found any more, unless `allow_gaps` says that this is wanted.

        Parameters
        ----------
        embedder
            Of the space.
        progress
            Told the songs that the space has, of how many. If it raises CancelledError, what was
            embedded until then is kept.
        """
        began = time.perf_counter()
        catalog, space = self._wiring.catalog, embedder.space.name
        missing = catalog.songs_without(space)
        there = catalog.vector_count(space)
        songs = there + len(missing)
        progress(Progress(there, songs, "loading the model"))
        embedded = 0
        failed: list[TrackIssue] = []
        tried: set[str] = set()
        # Songs that were added meanwhile are part of it: the switch waits until none is left.
        while missing:
            tried.update(missing)
            done, issues = self._embed(embedder, missing, there + embedded, songs, progress)
            embedded += done
            failed += issues
            missing = [song for song in catalog.songs_without(space) if song not in tried]
            songs += len(missing)
        refresh_indexes(self._wiring)
        switched = False
        if switch and (allow_gaps or not failed) and catalog.vector_count(space):
            open_index(self._wiring, space)  # complete before anyone searches it
            catalog.set_text_space(space)
            switched = True
        return ReindexReport(
            space=space,
            songs=songs,
            embedded=embedded,
            already_there=there,
            removed=songs - there - embedded - len(failed),
            failed=tuple(failed),
            switched=switched,
            seconds=time.perf_counter() - began,
        )

    def reindex_space(
        self,
        name: str,
        *,
        switch: bool = True,
        allow_gaps: bool = False,
        progress: ProgressCallback = ignore_progress,
    ) -> ReindexReport:
        """`reindex` into a space by its name: "clap", "lite" or that of a joint or tuned model stand for it.

        Raises
        ------
        UnknownNameError
            There is no space of this name that understands words.
        ModelError
            The model of the space is not installed; the message says how to get it.
        """
        wiring = self._wiring
        embedder = wiring.embedders.reader(name)
        if embedder is None and name.startswith("clap"):
            raise ModelError(
                f"the model {wiring.settings.clap_model_name} is not installed; get it with "
                f"`reelscore models pull {wiring.settings.clap_model_name}`"
            )
        if embedder is None:
            raise UnknownNameError("space of words", name, wiring.embedders.reader_names)
        return self.reindex(embedder, switch=switch, allow_gaps=allow_gaps, progress=progress)

    def _embed(
        self,
        embedder: AudioEmbedder | TunedEmbedder,
        ids: Sequence[str],
        done: int,
        total: int,
        progress: ProgressCallback,
    ) -> tuple[int, list[TrackIssue]]:
        """Embed songs; returns how many were written, and the issues of the others."""
        catalog = self._wiring.catalog
        written = 0
        issues: list[TrackIssue] = []
        batch: dict[str, TrackEmbedding] = {}

        def flush() -> int:
            count = catalog.add_embeddings(batch)
            batch.clear()
            return count

        try:
            for song, outcome in self._outcomes(embedder, ids):
                if isinstance(outcome, ReelscoreError):
                    issues.append(TrackIssue(song.uri or song.title, str(outcome), outcome.code))
                else:
                    batch[song.id] = outcome
                    if len(batch) >= BATCH:
                        written += flush()
                progress(Progress(done + written + len(batch), total, song.title))
        finally:
            written += flush()
        return written, issues

    def _outcomes(
        self, embedder: AudioEmbedder | TunedEmbedder, ids: Sequence[str]
    ) -> Iterator[tuple[Song, TrackEmbedding | ReelscoreError]]:
        """Each song with its vectors or its error, in order; several are listened to at once."""
        if isinstance(embedder, TunedEmbedder):
            yield from self._derived(embedder, ids)
            return
        workers = self._wiring.threads
        waiting: deque[tuple[Song, Future[TrackEmbedding]]] = deque()
        remaining = self._songs(ids)
        with ThreadPoolExecutor(workers, thread_name_prefix="reindex") as pool:
            try:
                while True:
                    for song, features in itertools.islice(remaining, 2 * workers - len(waiting)):
                        waiting.append((song, pool.submit(self._listen, embedder, song, features)))
                    if not waiting:
                        return
                    song, future = waiting.popleft()
                    try:
                        yield song, future.result()
                    except GENERAL_ERRORS:
                        raise
                    except ReelscoreError as error:
                        yield song, error
            finally:
                for _, future in waiting:
                    future.cancel()

    def _derived(
        self, embedder: TunedEmbedder, ids: Sequence[str]
    ) -> Iterator[tuple[Song, TrackEmbedding | ReelscoreError]]:
        """Each song with its vectors, from those that are stored: nothing is heard again."""
        catalog = self._wiring.catalog
        spaces = (embedder.tuning.base, embedder.sound_space)
        for begin in range(0, len(ids), _PAGE):
            page = ids[begin : begin + _PAGE]
            read = [catalog.window_vectors(space, page) for space in spaces]
            whole = [self._whole(space, page) for space in spaces]
            for song in catalog.songs(sorted(catalog.known_ids(page))):
                own = [some.get(song.id) or all_.get(song.id) for some, all_ in zip(read, whole, strict=True)]
                if own[0] is None or own[1] is None:
                    yield song, ModelError("it has no vectors to derive from; run `reelscore check --repair`")
                else:
                    yield song, embedder.derive(own[0], own[1])

    def _whole(self, space: str, ids: Sequence[str]) -> dict[str, TrackEmbedding]:
        """The track vectors alone, of songs whose windows are not kept."""
        return {
            song: TrackEmbedding(space, vector, vector[None][:0], (), 0.0)
            for songs, block in self._wiring.catalog.track_vectors(space, ids)
            for song, vector in zip(songs, block, strict=True)
        }

    def _songs(self, ids: Sequence[str]) -> Iterator[tuple[Song, MusicFeatures]]:
        """Songs with their measurements, read page by page; those that are gone are left out."""
        catalog = self._wiring.catalog
        for begin in range(0, len(ids), _PAGE):
            page = ids[begin : begin + _PAGE]
            features = catalog.features(page)
            for song in catalog.songs(sorted(catalog.known_ids(page))):
                yield song, features.get(song.id) or MusicFeatures(duration=song.duration or 0.0)

    def _listen(self, embedder: AudioEmbedder, song: Song, features: MusicFeatures) -> TrackEmbedding:
        with fetch_again(self._wiring, song) as path:
            if song.content_hash and not is_unchanged(song, hash_file(path)):
                raise MediaNotFoundError("the file was changed after it was added; ingest its folder again")
            clip = load_part(path, part_of(song), sample_rate=embedder.space.sample_rate)
        return embedder.embed_audio(clip, features)

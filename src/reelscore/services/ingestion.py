"""Fill the catalogue: one chain from a source to SQL and the indexes.

source -> skip known ids -> fetch -> skip known content -> decode once -> every feature and vector from
that one decode -> one SQL transaction for a batch -> index -> mark indexed. Tracks are analysed on
several threads, since decoding, NumPy and the model release the interpreter lock; everything that
writes happens on the calling thread, in the order of the source.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from reelscore.errors import CancelledError, ReelscoreError, UnreadableMediaError, UnusableAudioError
from reelscore.records import (
    AnalysedTrack,
    IngestReport,
    Progress,
    ProgressCallback,
    Track,
    TrackIssue,
    ignore_progress,
)
from reelscore.services.indexing import refresh_indexes
from reelscore.services.listening import listen
from reelscore.services.tagging import refresh_facets
from reelscore.sources.base import Source
from reelscore.sources.files import hash_file
from reelscore.wiring import Wiring

# Songs written in one transaction: large enough to make commits cheap, small enough to lose little work.
BATCH = 16

_TELL_SECONDS = 1.0  # between two words on how far the source is


@dataclass(slots=True)
class _Tally:
    """The report while it grows."""

    added: int = 0
    already_known: int = 0
    skipped: list[TrackIssue] = field(default_factory=list)
    failed: list[TrackIssue] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.added + self.already_known + len(self.skipped) + len(self.failed)


class IngestionService:
    """Brings music into the catalogue.

    Parameters
    ----------
    wiring
        The library to fill.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def ingest(
        self,
        source: str,
        options: Mapping[str, Any] | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> IngestReport:
        """Add every new track of a source.

        A track that cannot be used is a line of the report with its reason, and never stops the run.
        Where `progress` raises CancelledError, what was analysed until then is kept.

        Parameters
        ----------
        source
            Name of the source, such as "folder" or "itunes".
        options
            What the source needs, such as {"paths": [...]}.
        """
        return self.ingest_from(self._wiring.source(source, options or {}), progress)

    def ingest_from(self, source: Source, progress: ProgressCallback = ignore_progress) -> IngestReport:
        """Add every new track of a source that is at hand."""
        began = time.perf_counter()
        refresh_facets(self._wiring)  # what is added from here on is up to date
        tally = _Tally()
        offers = list(_with_progress(source.offer(), progress))
        self._settle_space()
        try:
            self._run(source, offers, tally, progress)
        finally:
            # Also after a cancelled or failed run: what is in SQL becomes searchable.
            refresh_indexes(self._wiring)
        return IngestReport(
            source=source.name,
            offered=len(offers),
            added=tally.added,
            already_known=tally.already_known,
            skipped=tuple(tally.skipped),
            failed=tuple(tally.failed),
            seconds=time.perf_counter() - began,
        )

    def _run(
        self,
        source: Source,
        offers: list[Track | TrackIssue],
        tally: _Tally,
        progress: ProgressCallback,
    ) -> None:
        catalog = self._wiring.catalog
        known = catalog.known_ids([offer.id for offer in offers if isinstance(offer, Track)])
        new: list[Track] = []
        seen: list[Track] = []
        for offer in offers:
            if isinstance(offer, TrackIssue):
                unusable = offer.code == UnusableAudioError.code
                (tally.skipped if unusable else tally.failed).append(offer)
            elif offer.id in known:
                tally.already_known += 1
                seen.append(offer)
            else:
                known.add(offer.id)  # offered twice in one run: the second is known
                new.append(offer)

        # What the source says of them may have changed since: a moved file, better tags.
        catalog.refresh(seen)

        batch: list[AnalysedTrack] = []
        hashes: set[str] = set()
        try:
            for track, outcome in self._analysed(source, new):
                match outcome:
                    case AnalysedTrack() if outcome.content_hash in hashes:
                        tally.already_known += 1
                    case AnalysedTrack():
                        hashes.add(outcome.content_hash)
                        batch.append(outcome)
                    case None:
                        tally.already_known += 1
                    case UnusableAudioError() | UnreadableMediaError():
                        tally.skipped.append(TrackIssue(_name(track), str(outcome), outcome.code))
                    case ReelscoreError():
                        tally.failed.append(TrackIssue(_name(track), str(outcome), outcome.code))
                if len(batch) >= BATCH:
                    self._write(batch, tally)
                progress(Progress(tally.done + len(batch), len(offers), track.title))
        finally:
            self._write(batch, tally)

    def _settle_space(self) -> None:
        """A new library answers words in CLAP where it is installed; an old one is switched by `reindex`."""
        catalog, clap = self._wiring.catalog, self._wiring.clap
        if clap is not None and catalog.text_space() is None and not catalog.counts()["songs"]:
            clap.ensure_checked()
            catalog.set_text_space(clap.space.name)

    def _write(self, batch: list[AnalysedTrack], tally: _Tally) -> None:
        self._wiring.catalog.add(batch)
        tally.added += len(batch)
        batch.clear()

    def _analysed(
        self, source: Source, tracks: Iterable[Track]
    ) -> Iterator[tuple[Track, AnalysedTrack | ReelscoreError | None]]:
        """Each track with its analysis, None where its content is known, or its error; in order."""
        workers = self._wiring.threads
        waiting: deque[tuple[Track, Future[AnalysedTrack | None]]] = deque()
        remaining = iter(tracks)
        with ThreadPoolExecutor(workers, thread_name_prefix="analyse") as pool:
            try:
                while True:
                    # Two tracks for each worker are enough to keep it busy, and bound the memory.
                    for track in itertools.islice(remaining, 2 * workers - len(waiting)):
                        waiting.append((track, pool.submit(self._analyse, source, track)))
                    if not waiting:
                        return
                    track, future = waiting.popleft()
                    try:
                        yield track, future.result()
                    except CancelledError:
                        raise
                    except ReelscoreError as error:
                        yield track, error
            finally:
                for _, future in waiting:
                    future.cancel()

    def _analyse(self, source: Source, track: Track) -> AnalysedTrack | None:
        with source.fetch(track) as path:
            content = hash_file(path)
            if self._wiring.catalog.ids_by_content([content]):
                return None
            features, embeddings = listen(path, self._wiring.embedders)
        lite = self._wiring.lite
        heard = next((item.track for item in embeddings if item.space == lite.space.name), None)
        if heard is None:
            return AnalysedTrack(track, content, features, embeddings)
        tags = lite.tags(heard)
        return AnalysedTrack(track, content, features, embeddings, tags=tags, tags_space=lite.space.name)


def _with_progress(
    offers: Iterator[Track | TrackIssue], progress: ProgressCallback
) -> Iterator[Track | TrackIssue]:
    told = time.monotonic()
    for count, offer in enumerate(offers, start=1):
        # By the clock as well: a source that asks a service may take long for few tracks.
        if count % 50 == 0 or time.monotonic() - told > _TELL_SECONDS:
            progress(Progress(count, None, "looking for tracks"))
            told = time.monotonic()
        yield offer


def _name(track: Track) -> str:
    """What a report calls a track: its path, or what it is called and where it can be looked at."""
    if track.uri and "://" not in track.uri:
        return track.uri
    title = " – ".join(filter(None, (", ".join(track.artists), track.title)))
    return f"{title} ({track.uri})" if track.uri else title

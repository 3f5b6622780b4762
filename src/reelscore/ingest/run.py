"""One run over a source: from its offers to SQL and the indexes, with all of it going on at once.

A scout asks the source what it has; what is new is fetched and hashed ahead by some threads, and analysed by
others (`pipeline`); the calling thread sorts out what is known (`filing`) and writes songs to SQL in
batches; one more thread keeps the indexes in step, so that songs are found while the run goes on. What lies
between the stages is bounded, so memory does not grow with the number of tracks.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import TypeAlias

from reelscore.analysis.exchange import Imported
from reelscore.analysis.track import GENERAL_ERRORS, content_of, hear, part_of
from reelscore.errors import ReelscoreError
from reelscore.files import hash_file
from reelscore.ingest.index_keeper import IndexKeeper
from reelscore.ingest.pipeline import Done, Ended, Scout, Stages, drain
from reelscore.ingest.reconcile import Arrival, Familiar, Filing
from reelscore.ingest.tally import Tally
from reelscore.net.waiting import pause
from reelscore.records import AnalysedTrack, IngestReport, Progress, ProgressCallback, Track, TrackIssue
from reelscore.sources.base import Source
from reelscore.sources.folder.source import FolderSource
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

# Songs written in one transaction: large enough to make commits cheap, small enough to lose little work.
BATCH = 16
_BATCH_SECONDS = 3.0  # or as many as there are after this long
_AHEAD = 500  # offers that the scout may be ahead
_EVENTS = 200  # taken from the inbox at once
_BEAT_SECONDS = 0.25  # between two words on how far the run is, while nothing happens

_Outcome: TypeAlias = AnalysedTrack | Familiar
_Event: TypeAlias = Track | TrackIssue | Ended | Done[Arrival, _Outcome]


class IngestRun:
    """One run. All but `_offered`, `_fetched` and `_analyse` happens on the calling thread."""

    def __init__(
        self, wiring: Wiring, source: Source, progress: ProgressCallback, *, share: float = 1.0
    ) -> None:
        self._share = share  # of its time that an analysing thread works
        self._wiring = wiring
        self._catalog = wiring.catalog
        self._filing = Filing(self._catalog)
        self._source = source
        self._progress = progress
        self._tally = Tally()
        self._inbox: SimpleQueue[_Event] = SimpleQueue()
        workers, fetchers = wiring.threads, getattr(source, "fetches", 1)
        # Enough for every worker while a batch is written, and a bound on memory and temporary files.
        self._most_under_way = fetchers + 4 * workers
        self._under_way = 0
        self._scout = Scout(self._offered, self._inbox.put, ahead=_AHEAD)
        self._stages = Stages(
            self._fetched, self._analyse, self._inbox.put, fetchers=fetchers, workers=workers
        )
        self._index = IndexKeeper(wiring)
        self._imported = Imported(wiring.settings.home, wiring.embedders)
        self._has_imported = self._imported.count() > 0
        self._offers: list[tuple[int, Track]] = []  # not sorted out yet
        self._backlog: deque[Arrival] = deque()  # to be looked at
        self._deferred: list[Arrival] = []  # changed files: last, since their old sound may turn up elsewhere
        self._ids: set[str] = set()  # offered by a service in this run
        self._analysed: list[tuple[Arrival, AnalysedTrack]] = []  # to be written
        self._familiar: list[Familiar] = []
        self._held_since = 0.0
        self._ended = False
        self._failure: BaseException | None = None  # of the source as a whole
        self._expected: int | None = None

    def execute(self) -> IngestReport:
        """Do it all; what was analysed until then is kept if it ends early."""
        began = time.perf_counter()
        self._tell("looking for tracks")
        self._scout.start()
        try:
            self._loop()
            self._write()
            self._look_for_gone()
        finally:
            self._scout.close()
            self._stages.close()
            for event in drain(self._inbox, most=10_000, wait=0.01):
                if isinstance(event, Done) and isinstance(event.outcome, AnalysedTrack):
                    self._analysed.append((event.item, event.outcome))
            try:
                self._write()
            finally:
                self._index.close()
                self._imported.close()
        report = self._tally.report(self._source.name, time.perf_counter() - began)
        self._progress(Progress(report.offered, report.offered, "done"))
        return report

    def _loop(self) -> None:
        while True:
            events = drain(self._inbox, most=_EVENTS, wait=_BEAT_SECONDS)
            title = "" if self._under_way or self._tally.offered else "looking for tracks"
            for event in events:
                match event:
                    case Track():
                        self._offers.append((self._tally.offer(), event))
                    case TrackIssue():
                        self._tally.refuse(self._tally.offer(), event)
                        self._scout.took()
                    case Ended(error):
                        self._ended, self._failure = True, error
                    case Done():
                        title = event.item.track.title
                        self._under_way -= 1
                        self._collect(event.item, event.outcome)
            self._sort_out()
            self._feed()
            self._write(only_if_due=True)
            self._tell(title)
            if self._ended and not self._under_way and not self._backlog:
                if self._failure is not None:
                    raise self._failure
                if not self._deferred:
                    return
                self._write()
                # Looked up again, for songs may have moved away from these paths meanwhile.
                deferred, self._deferred = self._deferred, []
                self._backlog.extend(
                    self._filing.sort_out([(one.position, one.track) for one in deferred])[0]
                )
                self._feed()

    # --- what is offered ---

    def _offered(self) -> Iterator[Track | TrackIssue]:
        """The offers of the source; on the thread of the scout."""
        if isinstance(self._source, FolderSource):
            self._expected = self._source.expected()
        yield from self._source.offer()

    def _sort_out(self) -> None:
        """Leave out what is known, and put the rest in line."""
        offers, self._offers = self._offers, []
        files = [(place, track) for place, track in offers if track.stamp is not None]
        if files:
            arrivals, known = self._filing.sort_out(files)
            self._tally.already_known += known
            self._backlog.extend(one for one in arrivals if one.own is None)
            changed = [one for one in arrivals if one.own is not None]
            self._deferred += changed
            self._scout.took(known + len(changed))
        others = [(place, track) for place, track in offers if track.stamp is None]
        if others:
            ids = [track.id for _, track in others]
            there = self._catalog.known_ids(ids) | self._catalog.known_files(ids).keys()
            again: list[Track] = []
            settled = 0
            for place, track in others:
                twice = track.id in self._ids  # offered in this run already
                self._ids.add(track.id)
                if not twice and track.id not in there:
                    self._backlog.append(Arrival(place, track))
                    continue
                settled += 1
                if not twice:
                    again.append(track)
            # What the source says of them may have changed since: better titles, other links.
            self._catalog.refresh(again)
            self._tally.already_known += settled
            self._scout.took(settled)

    def _feed(self) -> None:
        while self._backlog and self._under_way < self._most_under_way:
            arrival = self._backlog.popleft()
            self._under_way += 1
            self._stages.submit(arrival)
            if arrival.own is None:
                self._scout.took()

    # --- what is heard, on other threads ---

    @contextmanager
    def _fetched(self, arrival: Arrival) -> Iterator[tuple[Path, str, str | None]]:
        """The file of a track, its hash, and the song that has the same content."""
        with self._source.fetch(arrival.track) as path:
            content = hash_file(path)
            content = content_of(content, arrival.track)
            if arrival.own is not None:
                song = arrival.own.id if arrival.own.content_hash == content else None
            else:
                song = self._catalog.ids_by_content([content]).get(content)
            yield path, content, song

    def _analyse(self, arrival: Arrival, fetched: tuple[Path, str, str | None]) -> _Outcome:
        path, content, song = fetched
        if song is not None:
            return Familiar(arrival, content, song)
        track = arrival.track
        began = time.perf_counter()
        sound = hear(
            path,
            self._wiring.embedders,
            part_of(track),
            known=self._imported.find if self._has_imported else None,
        )
        if self._share < 1.0:
            pause((time.perf_counter() - began) * (1.0 / self._share - 1.0))
        if track.stamp is not None:  # of a file that is all of the song, the decoder knows how long it is
            track = replace(track, duration=sound.length)
        analysed = AnalysedTrack(
            track,
            content,
            sound.features,
            sound.embeddings,
            waveform=sound.waveform,
            structure=sound.structure,
        )
        embedders = self._wiring.embedders
        heard = {item.space: item for item in sound.embeddings}
        if embedders.lite.space.name not in heard:
            return analysed
        return replace(analysed, tags=embedders.tags_of(heard), tags_space=embedders.tag_space)

    # --- what comes of it ---

    def _collect(self, arrival: Arrival, outcome: _Outcome | BaseException) -> None:
        if not self._analysed and not self._familiar:
            self._held_since = time.monotonic()
        match outcome:
            case AnalysedTrack():
                self._analysed.append((arrival, outcome))
            case Familiar():
                self._familiar.append(outcome)
            case ReelscoreError() if isinstance(outcome, GENERAL_ERRORS):
                raise outcome
            case ReelscoreError():
                issue = TrackIssue(_name(arrival.track), str(outcome), outcome.code)
                self._tally.refuse(arrival.position, issue)
            case Exception():
                # Other people's bytes in other people's parsers: it is about this track until proven wrong.
                log.error("%s failed in an unforeseen way", _name(arrival.track), exc_info=outcome)
                reason = f"unforeseen {type(outcome).__name__}; the log has the details"
                self._tally.refuse(arrival.position, TrackIssue(_name(arrival.track), reason, "internal"))
            case _:
                raise outcome

    def _write(self, *, only_if_due: bool = False) -> None:
        """Write what was collected: songs, where known sound was found, and the files of both."""
        held = len(self._analysed) + len(self._familiar)
        fresh = time.monotonic() - self._held_since < _BATCH_SECONDS
        if not held or (only_if_due and held < BATCH and fresh):
            return
        analysed, self._analysed = self._analysed, []
        first: dict[str, tuple[Arrival, AnalysedTrack]] = {}
        # Another worker, or this one with a copy, may have added the same sound meanwhile.
        there = self._catalog.ids_by_content(
            {item.content_hash for arrival, item in analysed if arrival.own is None}
        )
        copies: list[tuple[Arrival, str]] = []
        for arrival, item in analysed:
            if arrival.own is None and (item.content_hash in first or item.content_hash in there):
                copies.append((arrival, item.content_hash))
            else:
                first[item.content_hash if arrival.own is None else arrival.track.id] = (arrival, item)
        pairs = list(first.values())
        named = self._filing.name_new(pairs)
        self._catalog.add(named)
        stored = [(arrival, item) for (arrival, _), item in zip(pairs, named, strict=True)]
        self._filing.note(stored)
        changed = sum(1 for arrival, _ in stored if arrival.own is not None)
        self._tally.changed += changed
        self._tally.already_known += changed
        self._tally.added += len(stored) - changed
        self._tally.untagged += sum(
            1 for arrival, _ in stored if arrival.own is None and arrival.track.untagged
        )
        songs = there | {item.content_hash: item.track.id for arrival, item in stored if arrival.own is None}
        familiar, self._familiar = self._familiar, []
        familiar += [Familiar(arrival, content, songs[content]) for arrival, content in copies]
        self._tally.moved += self._filing.settle(familiar)
        self._tally.already_known += len(familiar)
        self._index.nudge(len(stored))

    def _look_for_gone(self) -> None:
        if not isinstance(self._source, FolderSource):
            return
        gone = self._filing.find_gone(self._source)
        for issue in gone.issues:
            self._tally.refuse(self._tally.offer(), issue)
        self._tally.recut = self._catalog.remove(self._filing.find_recut(self._source))
        self._tally.moved += gone.moved
        self._tally.missing = gone.missing
        if not self._source.prune:
            return
        if gone.doubts and not self._source.confirmed:
            for doubt in gone.doubts:
                self._tally.refuse(self._tally.offer(), doubt)
        else:
            self._tally.removed = self._catalog.remove(gone.songs)

    def _tell(self, title: str) -> None:
        done = self._tally.done + len(self._analysed) + len(self._familiar)
        total = self._tally.offered if self._ended else self._expected
        self._progress(Progress(done, None if total is None else max(total, self._tally.offered), title))


def _name(track: Track) -> str:
    """What a report calls a track: its path, or what it is called and where it can be looked at."""
    if track.uri and "://" not in track.uri:
        return track.uri
    title = " – ".join(filter(None, (", ".join(track.artists), track.title)))
    return f"{title} ({track.uri})" if track.uri else title

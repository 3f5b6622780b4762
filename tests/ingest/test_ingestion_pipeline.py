"""Everything at once, with faults at every stage: the counts add up, nothing is left open, all is bounded."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patience import PATIENCE_SECONDS
from reelscore.analysis.hearing import Heard
from reelscore.config import Settings
from reelscore.errors import (
    CancelledError,
    MediaNotFoundError,
    ModelError,
    SourceError,
    TransientSourceError,
    UnreadableMediaError,
    UnusableAudioError,
)
from reelscore.ingest import run as ingest_run
from reelscore.ingest.service import ingest_from
from reelscore.maintenance.check import check_library
from reelscore.records import IngestReport, Progress, Track, TrackIssue
from reelscore.sources.demo import DemoSource
from reelscore.wiring import Wiring

FETCH_FAULTS = {
    "gone": MediaNotFoundError("the file is gone"),
    "refused": SourceError("refused"),
    "busy": TransientSourceError("busy"),
    "no preview": UnusableAudioError("no preview"),
}
HEAR_FAULTS = {
    "silent": UnusableAudioError("silent"),
    "broken": UnreadableMediaError("broken"),
    "bug": ValueError("a bug of a parser"),
    "memory": MemoryError(),
}
OFFER_FAULTS = {
    "issue": TrackIssue("x", "a live stream", UnusableAudioError.code),
    "failed issue": TrackIssue("x", "the search failed", SourceError.code),
}
SKIPPED = {"no preview", "silent", "broken", "issue"}
KINDS = ("good", "twice", "copy", *FETCH_FAULTS, *HEAR_FAULTS, *OFFER_FAULTS)


@dataclass
class FaultySource:
    """Offers one track for each kind; a file's content is its own, but for copies."""

    kinds: Sequence[str]
    folder: Path
    name: str = "faulty"
    fetches: int = 3
    fetch_seconds: float = 0.0
    fails_after: int | None = None
    open: int = 0
    most_open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def offer(self) -> Iterator[Track | TrackIssue]:
        for number, kind in enumerate(self.kinds):
            if number == self.fails_after:
                raise SourceError("the source broke")
            if kind in OFFER_FAULTS:
                yield OFFER_FAULTS[kind]
                continue
            place = 0 if kind in ("twice", "copy") else number + 1
            yield Track(self.name, f"{place if kind == 'twice' else number + 1}", f"{kind} {place}")

    @contextmanager
    def fetch(self, track: Track) -> Iterator[Path]:
        with self.lock:
            self.open += 1
            self.most_open = max(self.open, self.most_open)
        path = self.folder / f"{id(self)} {track.source_id}"
        try:
            time.sleep(self.fetch_seconds)
            kind = track.title.rpartition(" ")[0]
            if kind in FETCH_FAULTS:
                raise FETCH_FAULTS[kind]
            path.write_text(track.title.replace("twice", "copy"))
            yield path
        finally:
            with self.lock:
                self.open -= 1
            path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """What is heard in a real track."""
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("heard") / "home"))
    track = next(DemoSource(limit=1).offer())
    assert isinstance(track, Track)
    return ingest_run.hear(Path(track.uri or ""), wiring.embedders)


@pytest.fixture
def listening(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Analysis that takes no time, and fails where the file says so."""

    def hear(path: Path, *_: object, **__: object) -> Heard:
        kind = path.read_text().rpartition(" ")[0]
        if kind in HEAR_FAULTS:
            raise HEAR_FAULTS[kind]
        return heard

    monkeypatch.setattr(ingest_run, "hear", hear)


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    wiring = Wiring(Settings(home=tmp_path / "home", threads=2))
    yield wiring
    wiring.close()


def add_up(report: IngestReport) -> None:
    assert report.offered == report.added + report.already_known + len(report.skipped) + len(report.failed)


@pytest.mark.usefixtures("listening")
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=40))
def test_whatever_goes_wrong_the_counts_add_up(
    kinds: list[str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("library"), threads=2))
    try:
        source = FaultySource(kinds, tmp_path)
        report = ingest_from(wiring, source)
        add_up(report)
        assert report.offered == len(kinds)
        # All of "twice" are one id, and all "copies" one content, which is that of "twice".
        once = 1 if {"twice", "copy"} & set(kinds) else 0
        assert report.added == kinds.count("good") + once
        assert report.already_known == kinds.count("twice") + kinds.count("copy") - once
        assert len(report.skipped) == sum(kind in SKIPPED for kind in kinds)
        places = [int(issue.name.rpartition(" ")[2]) for issue in report.failed if issue.name != "x"]
        assert places == sorted(places)  # in the order of the source, whoever was first
        assert source.open == 0
        assert wiring.catalog.counts()["songs"] == report.added
        assert check_library(wiring)["ok"]
        again = ingest_from(wiring, source)
        add_up(again)
        assert (again.added, again.offered) == (0, report.offered)
    finally:
        wiring.close()


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("steps", [0, 1, 7, 20])
def test_a_run_that_is_cancelled_anywhere_leaves_nothing_open(
    wiring: Wiring, tmp_path: Path, steps: int
) -> None:
    source = FaultySource(["good"] * 60, tmp_path, fetch_seconds=0.01)

    def stop(step: Progress) -> None:
        if step.done >= steps:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        ingest_from(wiring, source, stop)
    assert source.open == 0
    assert check_library(wiring)["ok"]
    kept = wiring.catalog.counts()["songs"]
    assert kept >= steps
    report = ingest_from(wiring, source)
    assert (report.added, report.already_known) == (60 - kept, kept)


@pytest.mark.usefixtures("listening")
def test_a_source_that_breaks_in_the_middle_keeps_what_it_offered(wiring: Wiring, tmp_path: Path) -> None:
    source = FaultySource(["good"] * 40, tmp_path, fails_after=25)
    with pytest.raises(SourceError, match="broke"):
        ingest_from(wiring, source)
    assert wiring.catalog.counts()["songs"] == 25
    assert source.open == 0


def test_a_fault_that_every_track_would_have_stops_the_run(
    wiring: Wiring, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hear(path: Path, *_: object, **__: object) -> Heard:
        if path.read_text().endswith(" 5"):
            raise ModelError("the model is damaged")
        return heard

    monkeypatch.setattr(ingest_run, "hear", hear)
    source = FaultySource(["good"] * 200, tmp_path, fetch_seconds=0.005)
    with pytest.raises(ModelError):
        ingest_from(wiring, source)
    assert source.open == 0
    assert wiring.catalog.counts()["songs"] < 200
    assert check_library(wiring)["ok"]


@pytest.mark.usefixtures("listening")
def test_only_so_many_files_are_fetched_ahead(wiring: Wiring, tmp_path: Path) -> None:
    source = FaultySource(["good"] * 150, tmp_path, fetches=8)
    assert ingest_from(wiring, source).added == 150
    assert source.most_open <= 8 + 4 * 2


def test_waiting_for_the_network_and_listening_go_on_side_by_side(
    wiring: Wiring, tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = threading.Event()

    class Met(FaultySource):
        @contextmanager
        def fetch(self, track: Track) -> Iterator[Path]:
            if track.source_id == "4":
                later.set()
            with super().fetch(track) as path:
                yield path

    def hear(*_: Any, **__: Any) -> Heard:
        hearing.append(later.wait(PATIENCE_SECONDS))  # the first waits for a file that comes long after it
        return heard

    hearing: list[bool] = []
    monkeypatch.setattr(ingest_run, "hear", hear)
    assert ingest_from(wiring, Met(["good"] * 16, tmp_path)).added == 16
    assert all(hearing) and len(hearing) == 16


@pytest.mark.usefixtures("listening")
def test_a_long_wait_for_the_source_can_be_cancelled(wiring: Wiring, tmp_path: Path) -> None:
    from reelscore.net.waiting import pause

    class SlowSource(FaultySource):
        def offer(self) -> Iterator[Track | TrackIssue]:
            yield from super().offer()
            pause(120)

        @contextmanager
        def fetch(self, track: Track) -> Iterator[Path]:
            pause(120)
            yield self.folder

    began = time.monotonic()

    def stop(_: Progress) -> None:
        if time.monotonic() - began > 0.5:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        ingest_from(wiring, SlowSource(["good"] * 5, tmp_path), stop)
    assert time.monotonic() - began < 60

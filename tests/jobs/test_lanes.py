"""A video never waits behind the library, and a job that waits says what for."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from job_stage import LocalStage, ProcessStage, Stage, wait_until

from reelscore.catalog.store import Catalog
from reelscore.errors import StorageError
from reelscore.jobs.lanes import LANES, WAITS_FOR_BROKER, as_told, lane_of, name_of, step_back, waiting_for
from reelscore.jobs.running import JobRunner
from reelscore.payloads import subject_of
from reelscore.records import Job, JobState, Progress

NOTHING = Progress(0, None)


def job(
    number: int, kind: str = "ingest", state: JobState = JobState.QUEUED, message: str = "", **arguments: Any
) -> Job:
    moment = f"2026-11-29T01:00:{number:02d}.000000Z"
    return Job(str(number), kind, arguments, state, Progress(3, 9, message), moment)


@pytest.fixture(params=[LocalStage, ProcessStage])
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The embedded queue, with the one worker that it has unless told otherwise."""
    stage = request.param(tmp_path)
    yield stage
    stage.close()


def test_a_video_is_done_while_work_on_the_library_goes_on(local: Stage) -> None:
    local.start()
    library = local.submit("go_on")
    local.wait_for(library, JobState.RUNNING)
    behind = local.submit("double", value=1)
    video = local.wait_for(local.submit("analyze_video_and_recommend", value=21))
    assert video.result == {"value": 42}
    assert local.catalog.job(library.id).state is JobState.RUNNING
    assert local.catalog.job(behind.id).state is JobState.QUEUED
    local.queue.cancel(library.id)
    assert local.wait_for(behind).state is JobState.SUCCEEDED


def test_a_video_that_was_cut_off_comes_back_in_its_lane(local: Stage) -> None:
    library = local.submit("go_on")
    video = local.submit("analyze_video_and_recommend", value=2)  # both wait while nobody works
    local.start()
    assert local.wait_for(video).state is JobState.SUCCEEDED
    wait_until(lambda: local.catalog.job(library.id).state is JobState.RUNNING)
    local.queue.cancel(library.id)


def test_every_kind_of_job_has_a_lane() -> None:
    assert lane_of("analyze_video_and_recommend", {}) == "videos"
    assert lane_of("analyze_video_and_recommend", {"stored": False}) == "videos"
    assert lane_of("analyze_video_and_recommend", {"stored": True}) == "stored"
    assert (lane_of("export", {}), lane_of("copy_film", {})) == ("exports", "films")
    assert {lane_of(kind, {}) for kind in ("ingest", "reindex", "something new")} == {"library"}
    assert set(LANES) == {"library", "videos", "stored", "exports", "films"}


def test_waiting_says_for_what_and_how_much() -> None:
    runs = job(1, state=JobState.RUNNING, source="folder", options={"paths": [str(Path.home() / "Music")]})
    film = job(2, "analyze_video_and_recommend", JobState.RUNNING, filename="holiday.mp4")
    first, second = job(3, source="demo"), job(4, "map_library")
    all_of_them = [runs, film, first, second]
    assert waiting_for(first, all_of_them) == "waiting for the ingest of ~/Music"
    assert waiting_for(second, all_of_them) == "waiting for the ingest of ~/Music and 1 more job"
    other = job(5, "analyze_video_and_recommend", filename="b.mp4")
    assert waiting_for(other, [*all_of_them, other]) == "waiting for the analysis of holiday.mp4"
    assert waiting_for(first, [film, first, second]) == ""  # its turn is now
    stored = job(6, "analyze_video_and_recommend", filename="c.mp4", stored=True)
    assert waiting_for(stored, [film, stored]) == ""


def test_who_waits_has_done_nothing_yet() -> None:
    runs = job(1, state=JobState.RUNNING, source="demo")
    cut_off = job(2, message="track 3", source="itunes")
    told = as_told(cut_off, lambda: [runs, cut_off])
    assert told.progress == Progress(0, None, "waiting for the ingest from demo")
    assert as_told(cut_off, lambda: [cut_off]).progress == NOTHING
    assert as_told(runs, lambda: [runs, cut_off]) is runs
    unsent = job(3, message=WAITS_FOR_BROKER)
    assert as_told(unsent, lambda: [runs, unsent]).progress.message == WAITS_FOR_BROKER


@pytest.mark.parametrize(
    ("arguments", "subject"),
    [
        ({"source": "folder", "options": {"paths": ["/home/me"]}}, "~"),
        ({"source": "folder", "options": {"paths": ["/home/me/Music", "/mnt/nas"]}}, "~/Music and 1 more"),
        ({"source": "folder", "options": {"paths": ["/home/meg/Music"]}}, "/home/meg/Music"),
        ({"source": "itunes", "options": {"artists": ["Air"]}}, "itunes"),
        ({"video_path": "/srv/uploads/7/cut.mov", "filename": "cut (final).mov"}, "cut (final).mov"),
        ({"video_path": "/srv/films/cut.mov"}, "cut.mov"),
        ({"space": "clap"}, "clap"),
        ({}, ""),
    ],
)
def test_what_a_job_is_about(arguments: dict[str, Any], subject: str) -> None:
    assert subject_of(arguments, user_home=Path("/home/me")) == subject


def test_jobs_have_names() -> None:
    assert name_of(job(1, "update_library")) == "the update of the library"
    assert name_of(job(1, "reindex", space="clap")) == "the reindexing of clap"
    assert name_of(job(1, "count_sheep")) == "the count sheep"


@pytest.mark.skipif(sys.platform != "linux", reason="the niceness of a thread is a thing of Linux")
def test_only_the_library_steps_back_and_with_all_its_threads() -> None:
    seen: dict[str, int] = {}

    def note(name: str) -> None:
        seen[name] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def work(lane: str) -> None:
        step_back(lane)
        note(lane)
        child = threading.Thread(target=note, args=(f"{lane} child",))
        child.start()
        child.join()

    for lane in LANES:
        thread = threading.Thread(target=work, args=(lane,))
        thread.start()
        thread.join()
    note("main")
    assert seen["videos"] == seen["videos child"] == seen["main"]
    assert seen["library"] == seen["library child"] == seen["main"] + 5


def test_a_row_that_a_full_disk_does_not_take_is_one_line_and_the_job_waits_for_its_turn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'library.sqlite3'}")
    runner = JobRunner(catalog, {"ingest": lambda arguments, report: {}})
    waiting = catalog.create_job("ingest", {})

    def full(*_: Any, **__: Any) -> Job:
        raise StorageError("the catalogue failed: database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "update_job", full)
        runner.run(waiting.id)
    (said,) = [record for record in caplog.records if record.name == "reelscore.jobs.running"]
    assert "database or disk is full" in said.getMessage() and said.exc_info is None
    left = catalog.job(waiting.id)
    assert left.state is JobState.RUNNING
    catalog.requeue_job(left.id, worker=left.worker)  # as whoever sees that nobody works on it
    runner.run(left.id)
    assert catalog.job(left.id).state is JobState.SUCCEEDED
    catalog.close()

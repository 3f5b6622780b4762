"""The lanes that jobs wait in, what a job is called, and what one that waits is waiting for.

Somebody sits before the screen for the songs of a video, and nobody for the library. So each has a lane, with
workers of its own: a video never waits behind an ingest, on one machine as on several. A video whose analysis
is stored has one, too, since its answer is there at once, and so has what is taken away: the analysis of
another film takes minutes.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reelscore.errors import counted
from reelscore.payloads import subject_of
from reelscore.records import Job, JobState, Progress

LANES = ("library", "videos", "stored", "exports", "films")
WAITS_FOR_BROKER = "waits until the broker (CELERY_BROKER_URL) can be reached"

_WORK = {
    "analyze_video_and_recommend": "analysis",
    "export": "export",
    "copy_film": "copy that browsers show",
    "initialize_music_database": "first filling of the library",
    "ingest": "ingest",
    "reindex": "reindexing",
    "map_library": "making of the map",
    "update_library": "update of the library",
    "renew_saved": "renewal of the saved searches",
}
# How far the threads of a lane stand back for the processor, as `nice` counts; Linux alone can do that
# for a thread, and the threads that one starts inherit it.
_NICENESS = {"library": 5, "films": 2}


def lane_of(kind: str, arguments: Mapping[str, Any]) -> str:
    """The lane that a job waits in."""
    if kind == "analyze_video_and_recommend":
        return "stored" if arguments.get("stored") else "videos"
    return {"copy_film": "films", "export": "exports"}.get(kind, "library")


def step_back(lane: str) -> None:
    """Let the calling thread, and those that it starts, leave the processor to answers if it is short."""
    niceness = _NICENESS.get(lane, 0)
    if niceness and sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + niceness)


def name_of(job: Job) -> str:
    """A job in words: "the ingest of ~/Music"."""
    return work_name(job.kind, job.arguments)


def work_name(kind: str, arguments: Mapping[str, Any]) -> str:
    """The work of a job of this kind in words, whether there is one or a command does it itself."""
    work = _WORK.get(kind, kind.replace("_", " "))
    subject = subject_of(arguments)
    folders = "paths" in (arguments.get("options") or {})
    between = "from" if kind == "ingest" and not folders else "of"
    return f"the {work} {between} {subject}" if subject else f"the {work}"


def waiting_for(job: Job, unfinished: Sequence[Job]) -> str:
    """What a waiting job waits for, in words; "" if nothing is ahead of it.

    Parameters
    ----------
    unfinished
        All jobs that wait or run, the oldest first.
    """
    own = lane_of(job.kind, job.arguments)
    lane = [
        other for other in unfinished if lane_of(other.kind, other.arguments) == own and other.id != job.id
    ]
    running = [other for other in lane if other.state is JobState.RUNNING]
    if not running:
        return ""
    place = job.created_at, job.id
    before = [
        other for other in lane if other.state is JobState.QUEUED and (other.created_at, other.id) < place
    ]
    more = len(running) - 1 + len(before)
    return f"waiting for {name_of(running[0])}" + (f" and {counted(more, 'more job')}" if more else "")


def as_told(job: Job, unfinished: Callable[[], Sequence[Job]]) -> Job:
    """A job as people see it: one that waits says what for, and has not begun, whatever was done
    before it was cut off.
    """
    if job.state is not JobState.QUEUED or job.progress.message == WAITS_FOR_BROKER:
        return job
    return replace(job, progress=Progress(0, None, waiting_for(job, unfinished())))

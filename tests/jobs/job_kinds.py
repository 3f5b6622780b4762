"""Kinds of jobs for the tests of queues: they run on threads of the test as well as in a worker process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reelscore.errors import InvalidInputError, TransientStorageError
from reelscore.jobs.base import JobHandler
from reelscore.jobs.leases import TIMING, Timing
from reelscore.records import Progress, ProgressCallback

# Quick, but patient enough for a machine that does other things too.
QUICK = Timing(
    heartbeat=0.2,
    lease=20.0,
    requeue_after=0.5,
    stop=1.0,
    retry=replace(TIMING.retry, attempts=4, first_wait=0.4, longest_wait=0.7),
)


def double(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    progress(Progress(1, 2, "half way"))
    return {"value": 2 * arguments["value"]}


def refuse(*_: Any) -> Mapping[str, Any]:
    raise InvalidInputError("that cannot be done; do this")


def stumble(*_: Any) -> Mapping[str, Any]:
    raise ZeroDivisionError("secret\ninsides")


def go_on(_: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    """Until somebody stops it."""
    for step in range(20_000):
        progress(Progress(step, 20_000, "working"))
        time.sleep(0.005)
    raise AssertionError("nobody stopped the job")


def go_on_at_first(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    """Until somebody stops it; a second start succeeds."""
    return double(arguments, progress) if _second_time(arguments) else go_on(arguments, progress)


def chatter(_: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    for step in range(300):
        progress(Progress(step, 300))
        time.sleep(0.002)
    return {}


def note(arguments: Mapping[str, Any], _: ProgressCallback) -> Mapping[str, Any]:
    with Path(arguments["path"]).open("a") as file:
        file.write(f"{arguments['name']}\n")
    return {}


def meet(arguments: Mapping[str, Any], _: ProgressCallback) -> Mapping[str, Any]:
    """Ends once another one is there too."""
    folder = Path(arguments["path"])
    (folder / str(arguments["name"])).touch()
    deadline = time.monotonic() + 100
    while len(list(folder.iterdir())) < 2:
        assert time.monotonic() < deadline, "nobody else came"
        time.sleep(0.01)
    return {}


def keep_silent(arguments: Mapping[str, Any], _: ProgressCallback) -> Mapping[str, Any]:
    """One long step: so many seconds, or until there is a file."""
    if not _second_time(arguments):
        deadline = time.monotonic() + arguments["seconds"]
        while time.monotonic() < deadline and not Path(arguments.get("until", "/nowhere")).exists():
            time.sleep(0.05)
    return {"value": "said"}


def lose_connection(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    """As often as it is told."""
    path = Path(arguments["path"])
    before = len(path.read_text()) if path.exists() else 0
    path.write_text("x" * (before + 1))
    progress(Progress(before, 10, "asking"))
    if before < arguments["times"]:
        raise TransientStorageError("the database at somewhere failed: connection lost")
    return {"tries": before + 1}


def die(arguments: Mapping[str, Any], progress: ProgressCallback) -> Mapping[str, Any]:
    """The process is killed; at the second time it is not, unless `always`."""
    progress(Progress(1, 2))
    if arguments.get("always") or not _second_time(arguments):
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": "alive"}


def _second_time(arguments: Mapping[str, Any]) -> bool:
    path = Path(arguments["path"])
    if path.exists():
        return True
    path.touch()
    return False


HANDLERS: Mapping[str, JobHandler] = {
    "double": double,
    "refuse": refuse,
    "stumble": stumble,
    "go_on": go_on,
    "go_on_at_first": go_on_at_first,
    "chatter": chatter,
    "note": note,
    "meet": meet,
    "keep_silent": keep_silent,
    "lose_connection": lose_connection,
    "die": die,
    "analyze_video_and_recommend": double,  # which has a line of its own in Celery
}

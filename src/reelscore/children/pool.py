"""What opens media in children, and the wait for what they make of it."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reelscore.children.child import unpack
from reelscore.children.forked import Child, Children
from reelscore.errors import UnreadableMediaError
from reelscore.limits import MediaLimits
from reelscore.monitoring import MONITOR
from reelscore.net.waiting import check_stop
from reelscore.records import Progress, ProgressCallback

LOOK_SECONDS = 0.1  # between two looks whether to stop
_BEAT_SECONDS = 0.5  # between two calls of the progress callback, which may say that the work is cancelled
_MOST_WORK = 1000  # pieces of work, after which a child is replaced: whatever libraries leak goes with it
_SPARE = 2  # pieces of work at once beyond one for each core: requests beside an ingest
_NICE = 10
# For glibc: what a track needed is kept for the next one. To hand pages back and get them again takes up to
# a tenth of hearing a track.
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(16 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
_BEGINNING = Progress(0.0, None, "opening the file")


def name_of(args: tuple[Any, ...]) -> str:
    """What messages call the file that a piece of work opens."""
    return str(args[0]) if args and isinstance(args[0], str | Path) else "the film or a song"


class _IdleError(Exception):
    """A child had idled for long, and ended before it heard that there is work."""


class Pool:
    """The children of this process that open media."""

    def __init__(self) -> None:
        self.used = 0  # by this many; without any, functions run in this process
        self.starts = [f"{__name__}:give_way"]  # see `children.at_start`
        self._children = Children(self.starts, KEPT_MEMORY)
        self._reset()
        os.register_at_fork(after_in_child=self._reset)
        atexit.register(self.close)

    def run(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        keywords: dict[str, Any],
        limits: MediaLimits,
    ) -> Any:
        """Call a function in a child; see `children.in_child`."""
        keywords = dict(keywords)
        progress: ProgressCallback | None = keywords.pop("progress", None)
        asked = (function.__module__, function.__qualname__, args, keywords, progress is not None, limits)
        name = name_of(args)
        while not self._room.acquire(timeout=LOOK_SECONDS):
            check_stop()
        try:
            try:
                kind, answer = self._ask(asked, name, progress, limits)
            except _IdleError:
                try:
                    kind, answer = self._ask(asked, name, progress, limits)
                except _IdleError as error:
                    raise UnreadableMediaError(
                        f"{name}: the process that opened it ended without an answer; try again"
                    ) from error
        finally:
            self._room.release()
        if kind == "done":
            result, drained = answer
            MONITOR.merge(drained)
            return result
        raise unpacked(*answer, name=name, limits=limits)

    def use(self, more: int) -> None:
        """Count who wants children; with the last one they end."""
        with self._lock:
            self.used += more
        if not self.used:
            self.close()

    def close(self) -> None:
        """End the children that wait, and what they were forked from."""
        self._children.close()

    def _ask(
        self, asked: tuple[Any, ...], name: str, progress: ProgressCallback | None, limits: MediaLimits
    ) -> Any:
        child = self._children.waiting() or self._children.new()
        whole = False
        try:
            kind, answer = _answer(child, asked, name, progress, limits)
            child.worked += 1
            full = kind != "done" and issubclass(answer[0], MemoryError)
            whole = not full and child.worked < _MOST_WORK
        finally:
            if whole:
                self._children.give_back(child)
            else:
                child.kill()
        return kind, answer

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._room = threading.Semaphore((os.cpu_count() or 1) + _SPARE)


POOL = Pool()


def give_way() -> None:
    """Let others go first: whoever waits for an answer, beside an ingest or the analysis of a film."""
    os.nice(_NICE)


def _answer(
    child: Child, asked: tuple[Any, ...], name: str, progress: ProgressCallback | None, limits: MediaLimits
) -> tuple[str, Any]:
    """The child's last word on a piece of work; whatever is raised, the child is of no more use."""
    begun = heard = reported = time.monotonic()
    latest = _BEGINNING
    try:
        child.channel.send(asked)
        while True:
            check_stop()
            found = child.channel.ready(LOOK_SECONDS)
            now = time.monotonic()
            if found:
                kind, value = child.channel.receive()
                if kind != "progress":
                    return kind, value
                heard, latest = now, value
            if progress is not None and (found or now - reported >= _BEAT_SECONDS):
                reported = now
                progress(latest)
            if now - heard > limits.silence or now - begun > limits.total:
                raise UnreadableMediaError(
                    f"{name} was given up after {now - begun:.0f} s; it may be damaged, or its disk too "
                    "slow: fetch or export it again"
                )
    except (EOFError, ConnectionError) as error:
        code = child.end()
        if code == 0:
            raise _IdleError from error
        # Nothing that a file does sends SIGKILL: who is short of memory does, or whoever runs this machine.
        cause = (
            "the machine may be short of memory: try again, or export it smaller"
            if code == -signal.SIGKILL
            else "it may be damaged: fetch or export it again"
        )
        raise UnreadableMediaError(
            f"{name}: the process that opened it was ended ({how_ended(code)}); {cause}"
        ) from error


def how_ended(code: int) -> str:
    """What the exit status of a child says, as of `Popen.returncode`."""
    if code >= 0:
        return f"exit status {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def unpacked(
    kind: type[BaseException],
    args: tuple[Any, ...],
    state: dict[str, Any],
    trace: str,
    *,
    name: str,
    limits: MediaLimits,
) -> BaseException:
    """The exception of a child, as if it had been raised here."""
    if issubclass(kind, MemoryError):
        return UnreadableMediaError(
            f"{name} takes more than {limits.memory / 1e6:,.0f} MB of memory to be read; export it smaller"
        )
    return unpack(kind, args, state, trace)

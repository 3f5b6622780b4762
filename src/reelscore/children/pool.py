"""Children that wait for work, and the wait for what they make of it."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reelscore.children.channel import Channel, readable
from reelscore.children.nursery import NUMBER
from reelscore.errors import ReelscoreError, UnreadableMediaError
from reelscore.limits import MediaLimits
from reelscore.monitoring import MONITOR
from reelscore.net.waiting import check_stop
from reelscore.records import Progress, ProgressCallback

# Imports are found as in the parent, and none in the current folder.
_START = (
    "import sys; count = int(sys.argv[2]); sys.path[:] = sys.argv[3 + count:]\n"
    "from reelscore.children.nursery import main; main(int(sys.argv[1]), *sys.argv[3:3 + count])"
)
_END_SECONDS = 5.0  # what a child may take to be gone whose end of the connection is closed
LOOK_SECONDS = 0.1  # between two looks whether to stop
_BEAT_SECONDS = 0.5  # between two calls of the progress callback, which may say that the work is cancelled
_MOST_WORK = 1000  # pieces of work, after which a child is replaced: whatever libraries leak goes with it
_SPARE = 2  # pieces of work at once beyond one for each core: requests beside an ingest
_BEGINNING = Progress(0.0, None, "opening the file")


def name_of(args: tuple[Any, ...]) -> str:
    """What messages call the file that a piece of work opens."""
    return str(args[0]) if args and isinstance(args[0], str | Path) else "the film or a song"


class _IdleError(Exception):
    """A child had idled for long, and ended before it heard that there is work."""


class Nursery:
    """The process that children are forked from."""

    def __init__(self, starts: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._control, other = socket.socketpair()
        arguments = [str(other.fileno()), str(len(starts)), *starts, *filter(None, sys.path)]
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the answers of commands go there
                # One thread to fork from, and no arenas for others: they take up address space.
                env={"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", **os.environ},
                pass_fds=(other.fileno(),),
            )

    def fork(self, *files: int) -> None:
        """Ask for a child with the other ends of its socket and pipe; OSError if the nursery is gone."""
        with self._lock:
            socket.send_fds(self._control, [b"+"], files)

    def close(self) -> None:
        """End it, and whatever is left of its children."""
        self._control.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Child:
    """One child process; OSError if it cannot be had."""

    def __init__(self, nursery: Nursery) -> None:
        own, other = socket.socketpair()
        self._pipe, pipe = os.pipe()
        self._code: int | None = None
        try:
            with other:
                nursery.fork(other.fileno(), pipe)
        except OSError:
            own.close()
            os.close(self._pipe)
            raise
        finally:
            os.close(pipe)
        self.channel = Channel(own)
        self.worked = 0
        self._pid = self._number()  # waits for the nursery, whose first start takes a moment

    @property
    def alive(self) -> bool:
        """Whether it waits for work; one that has idled for long ends."""
        return not self.channel.ready(0.0)

    def end(self) -> int:
        """Wait for a child whose end of the connection is closed; how it ended, as `Popen.returncode`."""
        if self._code is None and readable(self._pipe, _END_SECONDS):
            self._code = self._number()
        return self.kill()

    def kill(self) -> int:
        """End it at once, in the midst of its work."""
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._code = self._number()
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        self.channel.close()
        return self._code

    def _number(self) -> int:
        data = os.read(self._pipe, NUMBER.size)
        return int(NUMBER.unpack(data)[0]) if data else -int(signal.SIGKILL)  # the nursery is gone, and all


class Pool:
    """The children of this process, made when they are needed and used again."""

    def __init__(self) -> None:
        self.used = 0  # by so many; without any, functions run in this process
        self.starts: list[str] = []  # see `children.at_start`
        self._idle: list[Child] = []
        self._nursery: Nursery | None = None
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # a fork must not talk to the children of its parent
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
        with self._lock:
            idle, self._idle = self._idle, []
            nursery, self._nursery = self._nursery, None
        for child in idle:
            child.kill()
        if nursery is not None:
            nursery.close()

    def _ask(
        self, asked: tuple[Any, ...], name: str, progress: ProgressCallback | None, limits: MediaLimits
    ) -> Any:
        child = self._take()
        whole = False
        try:
            kind, answer = _answer(child, asked, name, progress, limits)
            child.worked += 1
            full = kind != "done" and issubclass(answer[0], MemoryError)
            whole = not full and child.worked < _MOST_WORK
        finally:
            if whole:
                with self._lock:
                    self._idle.append(child)
            else:
                child.kill()
        return kind, answer

    def _take(self) -> Child:
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return self._new()
            if child.alive:
                return child
            child.kill()

    def _new(self) -> Child:
        with self._lock:
            if self._nursery is None:
                self._nursery = Nursery(tuple(self.starts))
            nursery = self._nursery
        try:
            return Child(nursery)
        except OSError:  # whoever was short of memory ended it
            with self._lock:
                if self._nursery is nursery:
                    nursery.close()
                    self._nursery = Nursery(tuple(self.starts))
                nursery = self._nursery or nursery
            return Child(nursery)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._foreign = (self._idle, self._nursery)  # kept, so that nobody ends them here
        self._idle, self._nursery = [], None
        self._room = threading.Semaphore((os.cpu_count() or 1) + _SPARE)


POOL = Pool()


def _answer(
    child: Child, asked: tuple[Any, ...], name: str, progress: ProgressCallback | None, limits: MediaLimits
) -> tuple[str, Any]:
    """The child's last word on a piece of work; whatever is raised, the child is of no more use."""
    begun = heard = told = time.monotonic()
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
            if progress is not None and (found or now - told >= _BEAT_SECONDS):
                told = now
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
    error = kind.__new__(kind, *args)
    error.args = args
    for field, value in state.items():
        setattr(error, field, value)
    if not issubclass(kind, ReelscoreError):
        error.add_note(f"in a child process:\n{trace}")
    return error

"""The child: does what it is asked for, one piece of work after the other, until nobody asks any more."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from reelscore.children.channel import Channel
from reelscore.errors import ReelscoreError
from reelscore.limits import MediaLimits
from reelscore.monitoring import MONITOR
from reelscore.records import Progress

IDLE_SECONDS = 30.0  # without work; then a child ends, and its memory is free again
_WATCH_SECONDS = 1.0
_REPORT_SECONDS = 0.1  # progress is reported at most this often

_parents: list[Channel] = []  # in a child: the connection to the one that it works for


def work_for(descriptor: int) -> NoReturn:
    """Work for whoever has the other end of a socket, in a process that was forked for it."""
    channel = Channel(socket.socket(fileno=descriptor))
    _parents.append(channel)
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    try:
        while channel.ready(IDLE_SECONDS):
            _work(channel, *channel.receive())
    except (EOFError, OSError):
        pass
    finally:
        os._exit(0)  # without waiting for threads of libraries


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(0)


def _work(
    channel: Channel,
    module: str,
    name: str,
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    reports_progress: bool,
    limits: MediaLimits,
) -> None:
    if reports_progress:
        keywords["progress"] = _ProgressReporter(channel)
    # Whatever holds the interpreter, the system ends it: nobody may be there any more who would.
    signal.alarm(int(limits.total) + 10)
    undo = _limit_memory(limits.memory)
    answer: tuple[str, Any]
    try:
        function: Any = import_module(module)  # may fail: the code on the disk may be another by now
        for part in name.split("."):
            function = getattr(function, part)
        result = function(*args, **keywords)
        if isinstance(result, Generator):
            _send_each(channel, result, limits)
            result = None
        answer = ("done", (result, MONITOR.drain()))
    except BaseException as error:  # noqa: BLE001 - raised where it was asked for
        answer = ("failed", packed(error))
    finally:
        undo()
        signal.alarm(0)
    try:
        channel.send(answer)
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        channel.send(("failed", packed(TypeError(f"{module}.{name} gave what cannot be sent: {error}"))))


def _send_each(channel: Channel, pieces: Generator[Any, None, None], limits: MediaLimits) -> None:
    channel.be_patient()  # whoever takes the pieces may be busy
    for piece in pieces:
        signal.alarm(0)
        channel.send(("piece", piece))
        signal.alarm(int(limits.silence) + 10)


def ask_parent(*question: Any) -> Any:
    """What the one that waits for this piece of work answers in the midst of it; raises what that raises.

    Only of a child whose parent takes questions, as `search.question_pool` does.
    """
    (parent,) = _parents
    parent.send(("ask", question))
    kind, value = parent.receive()
    if kind == "failed":
        raise unpack(*value)
    return value


def packed(error: BaseException) -> tuple[type[BaseException], tuple[Any, ...], dict[str, Any], str]:
    """An exception as what can be pickled whatever arguments its type takes, with its traceback."""
    state = dict(error.__dict__)
    if isinstance(error, OSError):
        state |= {"errno": error.errno, "strerror": error.strerror}
    return type(error), error.args, state, "".join(traceback.format_exception(error))


def unpack(
    kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any], trace: str
) -> BaseException:
    """An exception of another process, as if it had been raised here."""
    error = kind.__new__(kind, *args)
    error.args = args
    for field, value in state.items():
        setattr(error, field, value)
    if not issubclass(kind, ReelscoreError):
        error.add_note(f"in another process:\n{trace}")
    return error


class _ProgressReporter:
    """Passes progress on, not more often than somebody can see."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        if (now := time.monotonic()) - self._last >= _REPORT_SECONDS:
            self._last = now
            self._channel.send(("progress", progress))


def _limit_memory(most: int) -> Callable[[], None]:
    """Limit how much more address space this process may take; returns what undoes it."""
    if sys.platform != "linux":
        return lambda: None  # others do not hold it
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    there = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    wanted = there + most
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

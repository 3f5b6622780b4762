"""What a child reads piece by piece, for as long as somebody takes the pieces."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any, TypeVar

from reelscore.children.forked import Child, ForkServer
from reelscore.children.pool import LOOK_SECONDS, how_ended, unpacked
from reelscore.errors import UnreadableMediaError
from reelscore.limits import MediaLimits
from reelscore.monitoring import MONITOR
from reelscore.net.waiting import check_stop

Piece = TypeVar("Piece")


def streamed(
    function: Callable[..., Generator[Piece]], *args: Any, name: str, limits: MediaLimits, in_child: bool
) -> Generator[Piece]:
    """The pieces of a generator function, as `stream_from_child` gives them if that is worth a process.

    It takes half a second to start. What calls a decoder thousands of times a second gains more: in this
    process each call would take Python's lock from whoever works on the pieces.
    """
    if in_child and os.name == "posix":
        return stream_from_child(function, *args, name=name, limits=limits)
    return function(*args)


def stream_from_child(
    function: Callable[..., Iterator[Piece]], *args: Any, name: str, limits: MediaLimits
) -> Generator[Piece]:
    """The pieces that a generator function of a module yields in a child of its own.

    The child waits while nobody takes them, and is ended with this generator. What it raises is raised here.

    Parameters
    ----------
    name
        What messages call that which is read.
    limits
        Of which `total` goes for the first piece, and `silence` for each that follows.

    Raises
    ------
    UnreadableMediaError
        No piece came for too long, the child took too much memory, or it was ended by a signal.
    CancelledError
        The work of this thread is to stop, as `net.waiting` says.
    """
    try:
        # Its own, without the models that other children share: they would only be loaded.
        with closing(ForkServer(())) as fork_server:
            child = Child(fork_server)
            try:
                child.channel.send((function.__module__, function.__qualname__, args, {}, False, limits))
                kind, value = _next(child, name, limits.total)
                while kind == "piece":
                    yield value
                    kind, value = _next(child, name, limits.silence)
            finally:
                child.kill()
    except OSError as error:
        raise UnreadableMediaError(f"{name}: no process can be had to read it: {error}") from error
    if kind != "done":
        raise unpacked(*value, name=name, limits=limits)
    MONITOR.merge(value[1])


def _next(child: Child, name: str, within: float) -> tuple[str, Any]:
    since = time.monotonic()
    while not child.channel.ready(LOOK_SECONDS):
        check_stop()
        if time.monotonic() - since > within:
            raise UnreadableMediaError(f"{name} was given up after {within:.0f} s in which nothing came")
    check_stop()
    try:
        kind, value = child.channel.receive()
    except (EOFError, ConnectionError) as error:
        raise UnreadableMediaError(
            f"{name}: the process that read it was ended ({how_ended(child.end())})"
        ) from error
    return kind, value

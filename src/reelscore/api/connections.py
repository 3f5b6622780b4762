"""Connections that cannot be kept without end: uvicorn limits neither them nor the time of a head."""

from __future__ import annotations

import asyncio
import resource
import selectors
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reelscore.limits import CONNECTIONS, HEADER_SECONDS, RESERVED_FILES


def most_connections() -> int:
    """How many connections there may be at once; raises the limit of open files of the process if it can.

    asyncio logs each connection that it cannot accept for want of a file, thousands of times a second, so
    the limit of files must never be reached by connections.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + RESERVED_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(8, min(CONNECTIONS, soft - RESERVED_FILES))


class FewAtOnce(selectors.DefaultSelector):
    """Gives the event loop so many events a turn; the others come first in the next, as they waited.

    asyncio handles all that is ready before anything else of the loop goes on: what hundreds of connections
    send in one moment takes half a millisecond each.
    """

    most = 32

    def __init__(self) -> None:
        super().__init__()
        # File that was left out in the turn before -> its place in the line.
        self._waiting: dict[int, int] = {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As every selector; what is left out is ready in the next turn, too."""
        ready = super().select(timeout)
        if len(ready) > self.most:
            ready.sort(key=lambda event: self._waiting.get(event[0].fd, len(self._waiting)))
        self._waiting = {key.fd: place for place, (key, _) in enumerate(ready[self.most :])}
        return ready[: self.most]


def event_loop() -> asyncio.AbstractEventLoop:
    """The event loop of a server."""
    return asyncio.SelectorEventLoop(FewAtOnce())


class Connection(H11Protocol):
    """Closes what is more than enough, and a request whose head does not come to its end."""

    most = CONNECTIONS
    header_seconds = HEADER_SECONDS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or drop it if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._head_is_whole()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Read what has come; a head that has begun must come to its end in time."""
        super().handle_events()
        if self.conn.their_state is not h11.IDLE:
            self._head_is_whole()
        elif self.conn.trailing_data[0]:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _head_is_whole(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

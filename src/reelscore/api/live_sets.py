"""Live sets of browsers: who may open a socket, what is sent over it, and who else follows the events."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from reelscore.api.events import format_event
from reelscore.errors import InvalidInputError, ReelscoreError
from reelscore.live.inputs import Picture, Piece
from reelscore.live.messages import read_message
from reelscore.live.running import TICK_SECONDS
from reelscore.live.session import LiveSet, SetRules
from reelscore.live.songs import LiveSongs
from reelscore.query.form import Query
from reelscore.search.engine import search
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

MOST_SETS = 4
_MOST_TICKETS = 100
_TICKET_SECONDS = 60.0
_LATEST_SECONDS = 1.0  # what has waited longer is dropped
_MOST_WAITING = 200  # messages of a socket, events of a follower
_HEARTBEAT_SECONDS = 15.0
_COMMANDS: Mapping[str, Callable[[LiveSet, bool, float], object]] = {
    "hold": lambda live, on, now: live.hold(on, now),
    "panic": lambda live, on, now: live.panic(on, now),
    "skip": lambda live, on, now: live.skip(now),
}

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a socket is for; None: it only follows."""

    asked: Query | None
    rules: SetRules = field(default_factory=SetRules)


class LiveSets:
    """The live sets of one app; belongs to one event loop.

    A socket is opened with a ticket, which a request got that was let in as any other: browsers send neither
    a header of ours nor, reliably, a cookie with a socket.
    """

    def __init__(self, wiring: Wiring, *, is_stopping: Callable[[], bool]) -> None:
        self._wiring = wiring
        self._is_stopping = is_stopping
        self._tickets: dict[str, tuple[float, Ticket]] = {}
        self._followers: set[asyncio.Queue[Event]] = set()
        self._running = 0

    def issue(self, ticket: Ticket) -> str:
        """The secret that opens one socket, for a minute."""
        now = time.monotonic()
        self._tickets = {name: each for name, each in self._tickets.items() if each[0] > now}
        if len(self._tickets) >= _MOST_TICKETS:
            raise InvalidInputError("too many sockets were asked for and not opened; wait a minute")
        name = secrets.token_urlsafe(24)
        self._tickets[name] = (now + _TICKET_SECONDS, ticket)
        return name

    async def serve(self, socket: WebSocket, name: str) -> None:
        """Serve a socket from its opening to its end."""
        until, ticket = self._tickets.pop(name, (0.0, None))
        if ticket is None or until < time.monotonic():
            await socket.close(1008)
            return
        await socket.accept()
        try:
            if ticket.asked is None:
                await self._send_all(socket)
            elif self._running >= MOST_SETS:
                await socket.send_text(json.dumps(_problem("there are as many live sets as can be", 0.0)))
            else:
                self._running += 1
                try:
                    await _Set(self._wiring, socket, ticket, self.publish, self._is_stopping).run()
                finally:
                    self._running -= 1
            await socket.close()
        except (WebSocketDisconnect, RuntimeError):
            log.debug("a live socket was closed by its browser")

    def publish(self, event: Event) -> None:
        """Tell an event to all who follow; one who is too slow loses the oldest."""
        for queue in self._followers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    async def follow(self) -> AsyncIterator[bytes]:
        """The events of all sets as server-sent events, until the server stops."""
        yield b"retry: 1000\n\n"
        async for event in self._events():
            yield b": still here\n\n" if event is None else format_event(event["event"], event)

    async def _send_all(self, socket: WebSocket) -> None:
        gone = asyncio.create_task(socket.receive())
        async for event in self._events():
            if gone.done():
                return
            if event is not None:
                await socket.send_text(json.dumps(event, ensure_ascii=False))

    async def _events(self) -> AsyncIterator[Event | None]:
        queue: asyncio.Queue[Event] = asyncio.Queue(_MOST_WAITING)
        self._followers.add(queue)
        beat = time.monotonic()
        try:
            while not self._is_stopping():
                try:
                    yield await asyncio.wait_for(queue.get(), 1.0)
                except TimeoutError:
                    if time.monotonic() > beat + _HEARTBEAT_SECONDS:
                        beat = time.monotonic()
                        yield None
        finally:
            self._followers.discard(queue)


class _Set:
    """One set over one socket."""

    def __init__(
        self,
        wiring: Wiring,
        socket: WebSocket,
        ticket: Ticket,
        publish: Callable[[Event], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._socket = socket
        self._publish = publish
        self._is_stopping = is_stopping
        self._pending: list[Event] = []
        self._came: deque[tuple[float, Piece]] = deque(maxlen=_MOST_WAITING)
        self._commands: deque[tuple[str, bool]] = deque(maxlen=_MOST_WAITING)
        self._now = self._ticked = 0.0
        self._last = 0.0  # when the newest piece came, by the clock
        self._late = 0
        songs = LiveSongs(wiring, wiring.catalog)
        self._live = LiveSet(
            ask=lambda query: search(wiring, query).to_dict(),
            load=songs.load,
            emit=self._pending.append,
            asked=ticket.asked,
            rules=ticket.rules,
        )

    async def run(self) -> None:
        """Run until the browser leaves or the server stops."""
        reading = asyncio.create_task(self._read())
        try:
            while not reading.done() and not self._is_stopping():
                began = time.monotonic()
                try:
                    await run_in_threadpool(self._step)
                except ReelscoreError as error:
                    self._pending.append(_problem(str(error), self._now))
                    await self._tell()
                    return
                await self._tell()
                await asyncio.sleep(max(0.01, TICK_SECONDS - (time.monotonic() - began)))
            if reading.done():
                reading.result()
                await self._tell()
        finally:
            reading.cancel()
            self._live.stop(self._now, "the browser left")
            for event in self._pending:
                self._publish(event)

    async def _read(self) -> None:
        after = 0.0
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                if message.get("bytes") is not None:
                    piece = read_message(message["bytes"], after=after)
                    after = piece.time if isinstance(piece, Picture) else after
                    self._late += len(self._came) == _MOST_WAITING
                    self._came.append((time.monotonic(), piece))
                else:
                    self._commands.append(_read_command(message.get("text") or ""))
            except InvalidInputError as error:
                self._pending.append(_problem(str(error), self._now))
                return

    def _step(self) -> None:
        """Take what has come, and move the set on; in a thread, since a search takes a while."""
        while self._came:
            came, piece = self._came.popleft()
            self._last = came
            if isinstance(piece, Picture):
                if time.monotonic() - came > _LATEST_SECONDS:
                    self._late += 1
                    continue
                self._live.picture(piece.time, piece.image)
                self._now = piece.time
                if self._now >= self._ticked + TICK_SECONDS:
                    self._tick(self._now)
            else:
                self._live.sound(piece.time, piece.samples)
        # A tab in the background sends little, and the music goes on.
        now = self._now + max(0.0, time.monotonic() - self._last) if self._last else 0.0
        while self._commands:
            name, on = self._commands.popleft()
            _COMMANDS[name](self._live, on, now)
        self._tick(now)

    def _tick(self, now: float) -> None:
        self._ticked = max(now, self._ticked)
        self._live.tick(self._ticked)

    async def _tell(self) -> None:
        events, self._pending[:] = list(self._pending), []
        for event in events:
            self._publish(event)
            await self._socket.send_text(json.dumps(event, ensure_ascii=False))


def _read_command(text: str) -> tuple[str, bool]:
    try:
        values = json.loads(text)
        name, on = values["command"], values.get("on", True)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidInputError('a command is JSON such as {"command": "hold", "on": true}') from error
    if name not in _COMMANDS or not isinstance(on, bool):
        raise InvalidInputError(f"known commands: {', '.join(_COMMANDS)}")
    return name, on


def _problem(message: str, now: float) -> Event:
    return {"event": "problem", "time": round(now, 3), "message": message}

"""Pass connections on to the process that has the library for a while, until it is free.

So `reelscore serve` can be started during an ingest: the page is at its address at once, and stays there.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from reelscore.api.server import open_socket, url_of
from reelscore.index.ownership import Owner, owner_of

_LOOK_SECONDS = 0.5
_CHUNK_BYTES = 65_536


def relay_until_free(
    home: Path, host: str, port: int, *, on_listening: Callable[[str, str], None] = lambda url, doing: None
) -> None:
    """Listen, and pass on to the owner of a library for as long as it does something that ends by itself.

    Parameters
    ----------
    on_listening
        Called once with the address here, and with what the owner does.

    Raises
    ------
    ConfigurationError
        The address cannot be listened on.
    """
    if _busy_owner(home) is None:
        return
    listener = open_socket(host, port)
    try:
        asyncio.run(_relay(home, listener, on_listening))
    finally:
        listener.close()


def wait_until_free(home: Path) -> None:
    """Wait for as long as the owner of a library does something that ends by itself."""
    while _busy_owner(home) is not None:
        time.sleep(_LOOK_SECONDS)


def _busy_owner(home: Path) -> Owner | None:
    owner = owner_of(home)
    return owner if owner is not None and owner.doing else None


async def _relay(home: Path, listener: socket.socket, on_listening: Callable[[str, str], None]) -> None:
    owner = _busy_owner(home)
    pairs: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            pairs.add(task)
            task.add_done_callback(pairs.discard)
        there = urlsplit(owner.url) if owner is not None and owner.url else None
        try:
            if there is not None and there.hostname and there.port:
                with contextlib.suppress(OSError):
                    far_reader, far_writer = await asyncio.open_connection(there.hostname, there.port)
                    await _pass_on((reader, far_writer), (far_reader, writer))
        finally:
            writer.close()

    # A copy: closing the server closes the socket that it was given.
    server = await asyncio.start_server(connected, sock=listener.dup())
    said = False
    try:
        while owner is not None:
            if owner.url and not said:
                on_listening(url_of(listener), owner.doing)
                said = True
            await asyncio.sleep(_LOOK_SECONDS)
            owner = await asyncio.to_thread(_busy_owner, home)
    finally:
        server.close()
        for pair in list(pairs):
            pair.cancel()
        await asyncio.gather(*pairs, return_exceptions=True)


async def _pass_on(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Copy bytes along each way, until all of them have ended."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                writer.write(chunk)
                await writer.drain()
        if writer.can_write_eof() and not writer.is_closing():
            with contextlib.suppress(OSError):
                writer.write_eof()

    try:
        await asyncio.gather(*(copy(reader, writer) for reader, writer in ways))
    finally:
        for _, writer in ways:
            writer.close()

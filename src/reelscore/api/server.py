"""Run the app with uvicorn until a signal stops it."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from reelscore.accounts.service import Accounts
from reelscore.api.admission import check_can_sign_in, is_loopback, sign_in_is_asked
from reelscore.api.app import create_app
from reelscore.api.connections import Connection, most_connections
from reelscore.api.dependencies import Services
from reelscore.children import media_in_children
from reelscore.config import Settings
from reelscore.errors import ConfigurationError
from reelscore.limits import IDLE_SECONDS
from reelscore.live.messages import MOST_BYTES
from reelscore.wiring import Wiring

# Long answers (a song that streams) get this long to finish once the server is to stop.
_GRACE_SECONDS = 3
_BACKLOG = 128
# asyncio lets in as many callers as its backlog before anything else of the loop goes on, 1 to 2 ms each.
_CALLERS_A_TICK = 8


class Server(uvicorn.Server):
    """uvicorn with our settings; says when it listens, and ends open event streams before it stops."""

    def __init__(self, app: FastAPI, *, on_listening: Callable[[], None] = lambda: None) -> None:
        Connection.most = most_connections()
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                loop="reelscore.api.connections:event_loop",
                ws="websockets-sansio",
                ws_max_size=MOST_BYTES,
                ws_per_message_deflate=False,
                backlog=_CALLERS_A_TICK,
                timeout_keep_alive=IDLE_SECONDS,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="on",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._services: Services = app.state.services
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_BACKLOG)
        if self.started:
            self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is being answered, then end."""
        self._services.stopping.set()
        await super().shutdown(sockets)
        # What a browser opened in the very moment of stopping was not told to end, and has no answer coming.
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one.

    Raises
    ------
    ConfigurationError
        The address cannot be used: taken, not of this machine, or not allowed.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ConfigurationError(f"{host!r} is not an address to listen on: {error.strerror}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} on {host} is taken; stop what listens there, or choose another with --port"
        elif error.errno == errno.EACCES:
            reason = f"port {port} needs special rights; choose one from 1024 up with --port"
        else:
            reason = f"cannot listen on {host} port {port}: {error.strerror}"
        raise ConfigurationError(reason) from error
    return listener


def asks_at(settings: Settings, host: str, port: int) -> bool:
    """Whether a server that listened there would ask its callers to sign in.

    Raises
    ------
    ConfigurationError
        The address cannot be listened on.
    """
    listener = open_socket(host, port)
    try:
        return sign_in_is_asked(settings, str(listener.getsockname()[0]))
    finally:
        listener.close()


def url_of(listener: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # every address of the machine: this one always works here
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_server(
    wiring: Wiring,
    host: str | None = None,
    port: int | None = None,
    *,
    insecure_open: bool = False,
    on_listening: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve a library until SIGINT or SIGTERM; jobs that are unfinished then go on at the next start.

    Parameters
    ----------
    wiring
        The library; the caller closes it afterwards.
    host, port
        Where to listen; not given: what the settings say. Port 0 takes any free one.
    insecure_open
        Let everybody in who reaches the address.
    on_listening
        Called once with the URL, as soon as the server answers.

    Raises
    ------
    ConfigurationError
        The address cannot be listened on, or others reach it and nobody could sign in.
    """
    settings = wiring.settings
    listener = open_socket(settings.host if host is None else host, settings.port if port is None else port)
    url = url_of(listener)
    address = str(listener.getsockname()[0])
    asks = not insecure_open and sign_in_is_asked(settings, address)
    if asks:
        try:
            check_can_sign_in(settings, Accounts(wiring.catalog.accounts))
        except BaseException:
            listener.close()
            raise

    def tell() -> None:
        if wiring.ownership is not None:
            wiring.ownership.update_url(url)  # so that a command finds the server that owns the library
        on_listening(url)

    app = create_app(wiring, asks=asks, is_exposed=not asks and not is_loopback(address))
    server = Server(app, on_listening=tell)
    try:
        with media_in_children():
            server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn raises the signal again once all is down
    finally:
        if wiring.ownership is not None:
            wiring.ownership.update_url(None)
        listener.close()

"""Streamable HTTP at `/mcp` of the API: behind everything that the app puts before its routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from reelscore.mcp.api_client import ApiClient


class McpEndpoint:
    """An ASGI endpoint. The SDK is imported with the first request, since few servers ever get one.

    Parameters
    ----------
    names_files
        Whether the user behind a request may name files of this machine.
    """

    def __init__(self, names_files: Callable[[Request], bool]) -> None:
        self._names_files = names_files
        self._app: ASGIApp | None = None
        self._wanted = asyncio.Event()
        self._ready: asyncio.Future[StreamableHTTPSessionManager] | None = None

    @asynccontextmanager
    async def serving(self, app: ASGIApp) -> AsyncIterator[None]:
        """Answer requests to `app` while the block runs."""
        self._app, self._wanted = app, asyncio.Event()
        self._ready = asyncio.get_running_loop().create_future()
        ended = asyncio.Event()
        task = asyncio.create_task(self._run(self._ready, ended))
        try:
            yield
        finally:
            ended.set()
            if not self._wanted.is_set():
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if self._ready.done():
                self._ready.exception()  # whoever asked has the error already

    async def _run(self, ready: asyncio.Future[StreamableHTTPSessionManager], ended: asyncio.Event) -> None:
        # One task enters and leaves the manager, whose cancel scopes belong to it.
        await self._wanted.wait()
        try:
            manager = await asyncio.to_thread(self._manager)
        except Exception as error:  # noqa: BLE001  whoever asked is told
            ready.set_exception(error)
            return
        async with manager.run():
            ready.set_result(manager)
            await ended.wait()

    def _manager(self) -> StreamableHTTPSessionManager:
        from reelscore.mcp import check_installed

        check_installed()
        from mcp.server.transport_security import TransportSecuritySettings

        from reelscore.mcp.server import make_server

        server = make_server(self._client)
        # Hosts and origins are looked at by the app, for all of its routes.
        trusted = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        server.streamable_http_app(stateless_http=True, transport_security=trusted)
        return server.session_manager

    def _client(self, context: Context) -> ApiClient:
        from reelscore.mcp.api_client import app_client

        request = context.request_context.request
        assert isinstance(request, Request) and self._app is not None
        return app_client(self._app, request, names_files=self._names_files(request))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert self._ready is not None, "a request outside of the life of the app"
        self._wanted.set()
        manager = await asyncio.shield(self._ready)
        if scope["method"] == "POST":
            # The SDK logs an error with a traceback for an agent that goes away while it sends.
            try:
                messages = [{"type": "http.request", "body": await Request(scope, receive).body()}]
            except ClientDisconnect:
                return

            async def read_before() -> Message:
                return messages.pop() if messages else await receive()

            await manager.handle_request(scope, read_before, send)
        else:
            await manager.handle_request(scope, receive, send)

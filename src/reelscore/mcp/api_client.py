"""Who answers the tools: the owner of the library, over HTTP, or the app that serves them.

Either way a tool asks a route of the HTTP API, as the user who called it, so what a route refuses is refused
here too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio
import httpx
from anyio.to_thread import run_sync

from reelscore.errors import InvalidInputError, MediaNotFoundError
from reelscore.records import CALLER
from reelscore.remote.owner import FINAL, OwnerClient, read_answer

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

Tell = Callable[[float, float | None, str], Awaitable[None]]  # done, of how much, what goes on

# Who asks: these headers are passed on, so that the routes see the user and not this room.
_PASSED_ON = ("host", "authorization", "cookie")
_FIRST_LOOK, _LAST_LOOK = 0.1, 1.0  # seconds between two looks at a task
_ANSWER_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Asks routes, as the user who called a tool.

    `ask(method, path, **body)` gives the body of a success, as `OwnerClient.request` does.
    """

    ask: Callable[..., Awaitable[dict[str, Any]]]
    names_files: bool  # whether this user may name files of this machine

    def file(self, path: str) -> Path:
        """A file that is named, if this user may.

        Raises
        ------
        InvalidInputError
            Files of this machine cannot be named from elsewhere, or the path is not whole.
        MediaNotFoundError
            There is no such file.
        """
        if not self.names_files:
            raise InvalidInputError(
                "over the network no file of the server can be named; send the film to POST "
                "/api/recommendations/analyze-video and search with the analysis_id of its task"
            )
        found = Path(path).expanduser()
        if not found.is_absolute():
            raise InvalidInputError(f"{path!r} is no whole path; begin it with / or ~")
        try:
            is_file = found.is_file()
        except (OSError, ValueError):  # too long a name, or a zero byte in it
            is_file = False
        if not is_file:
            raise MediaNotFoundError(f"there is no file {path}")
        return found

    async def send_film(self, route: str, film: Path, fields: Mapping[str, Any]) -> str:
        """Begin a task with a film; its id."""
        try:
            with film.open("rb") as file:
                sent = {"video": (film.name, file)}
                started = await self.ask("POST", route, files=sent, data=dict(fields))
        except OSError as error:
            raise MediaNotFoundError(f"{film} cannot be read: {error.strerror}") from error
        task_id: str = started["task_id"]
        return task_id

    async def task(self, task_id: str, wait: float, tell: Tell) -> dict[str, Any]:
        """A task once it is over, or as it is after `wait` seconds."""
        pause, deadline = _FIRST_LOOK, anyio.current_time() + wait
        while True:
            task: dict[str, Any] = (await self.ask("GET", f"/api/tasks/{task_id}"))["data"]
            left = deadline - anyio.current_time()
            if task["state"] in FINAL or left <= 0:
                return task
            progress = task["progress"]
            await tell(progress["done"], progress["total"], progress["message"])
            await anyio.sleep(min(pause, left))
            pause = min(_LAST_LOOK, pause * 1.5)


ClientOf = Callable[["Context"], ApiClient]


def quoted(part: str) -> str:
    """Text of a client as one part of a path."""
    return quote(part, safe="")


def owner_client(owner: OwnerClient) -> ApiClient:
    """Over loopback, with the secret of the owner: a user of this machine, who may name files."""

    async def ask(method: str, path: str, **body: Any) -> dict[str, Any]:
        return await run_sync(partial(owner.request, method, path, **body), abandon_on_cancel=True)

    return ApiClient(ask, names_files=True)


def app_client(app: ASGIApp, request: Request, *, names_files: bool) -> ApiClient:
    """The routes of the app that got the request of a tool."""
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
    address = (request.client.host, request.client.port) if request.client else ("127.0.0.1", 0)

    async def as_caller(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, CALLER: request.scope.get(CALLER)}, receive, send)

    async def ask(method: str, path: str, **body: Any) -> dict[str, Any]:
        transport = httpx.ASGITransport(app=as_caller, client=address)
        url = f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
        async with httpx.AsyncClient(
            transport=transport, base_url=url, headers=headers, timeout=_ANSWER_SECONDS
        ) as client:
            return read_answer(await client.request(method, path, **body))

    return ApiClient(ask, names_files=names_files)

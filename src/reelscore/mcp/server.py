"""The server that agents talk to: tools over the one query, the plans and the exports. Needs the extra `mcp`.

Every failure that we raise on purpose reaches the agent as one line; what nobody foresaw goes to the log.
"""

from __future__ import annotations

import logging
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp_types import CallToolResult, InputRequiredResult, TextContent
from pydantic import ValidationError

import reelscore
from reelscore.errors import InvalidInputError, ReelscoreError
from reelscore.mcp.api_client import ClientOf, quoted
from reelscore.mcp.bounds import bounded, text_of
from reelscore.mcp.tools import add_tools

log = logging.getLogger(__name__)

INSTRUCTIONS = """Finds music for films in the user's own library, and takes it away for an editor.

A film: `search_film` with its path analyses it and answers with songs and an analysis_id. Look at it with
`film_frames`, then `search` with that analysis_id and `about` (what is to be seen: people, place, season,
mood) for songs that fit what you saw. `plan` lays songs under its cuts; `fit` brings one song to a length;
`export` and `mix` take a plan away: the first call is a dry run that gives a reference, the second one with
it writes. Words or a song: `search`. What takes long gives a task_id, to be asked for with `job`."""


class Server(MCPServer[Any]):
    """Bounds what tools answer, and says errors in one line."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; a failure is a result that says so."""
        known = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
        unknown = sorted(set(arguments) - set(known.get(name, arguments)))
        if unknown:
            takes = ", ".join(known[name])
            return _refused(
                f"{InvalidInputError.code}: {name} takes no {', '.join(unknown)[:200]}; it takes {takes}"
            )
        try:
            result = await super().call_tool(name, arguments, context)
        except ToolError as error:
            return _refused(_line(error))
        if isinstance(result, CallToolResult) and result.structured_content is not None:
            payload = bounded(result.structured_content)
            return CallToolResult(
                content=[TextContent(type="text", text=text_of(payload))], structured_content=payload
            )
        return result


def _refused(line: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=line)], is_error=True)


def _line(error: ToolError) -> str:
    cause = error.__cause__
    if isinstance(cause, ReelscoreError):
        return f"{cause.code}: {' '.join(str(cause).split())}"
    if isinstance(cause, ValidationError):
        wrong = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg'][:1].lower()}{one['msg'][1:]}"
            for one in cause.errors(include_url=False, include_input=False, include_context=False)[:10]
        ]
        return f"{InvalidInputError.code}: {'; '.join(wrong)}"[:2000]
    if cause is not None:
        log.error("unforeseen error in a tool", exc_info=cause)
        return "internal: something went wrong in reelscore; its log has the details"
    return f"{InvalidInputError.code}: {' '.join(str(error).split())[:500]}"


def make_server(client_of: ClientOf) -> Server:
    """A server; `client_of` says who answers the tools in a request."""
    server = Server(
        "reelscore",
        title="reelscore",
        instructions=INSTRUCTIONS,
        version=reelscore.__version__,
        website_url="https://github.com/reelscore/reelscore",
        log_level="WARNING",
    )
    add_tools(server, client_of)
    _add_resources(server, client_of)
    return server


def _add_resources(server: Server, client_of: ClientOf) -> None:
    async def read(context: Context, path: str) -> str:
        try:
            answer = await client_of(context).ask("GET", path)
        except ReelscoreError as error:
            raise ResourceError(f"{error.code}: {error}") from error
        return text_of(bounded({name: value for name, value in answer.items() if name != "success"}))

    @server.resource("reelscore://projects{?offset}", mime_type="application/json")
    async def projects(context: Context, offset: int = 0) -> str:
        """The projects of films, the one that was changed last first."""
        return await read(context, f"/api/projects?limit=100&offset={offset}")

    @server.resource("reelscore://projects/{project_id}", mime_type="application/json")
    async def project(project_id: str, context: Context) -> str:
        """One project: its films and its shortlist."""
        return await read(context, f"/api/projects/{quoted(project_id)}")

    @server.resource("reelscore://songs{?offset}", mime_type="application/json")
    async def songs(context: Context, offset: int = 0) -> str:
        """The songs of the library by title, a hundred from `offset` on."""
        return await read(context, f"/api/songs?limit=100&offset={offset}")

    @server.resource("reelscore://songs/{song_id}", mime_type="application/json")
    async def song(song_id: str, context: Context) -> str:
        """One song, with what was measured in it."""
        return await read(context, f"/api/songs/{quoted(song_id)}")

    @server.resource("reelscore://plans/{plan_id}", mime_type="application/json")
    async def plan(plan_id: str, context: Context) -> str:
        """A plan or a fit with the figures of every cut."""
        return await read(context, f"/api/plans/{quoted(plan_id)}")

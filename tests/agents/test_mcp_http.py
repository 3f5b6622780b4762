"""The endpoint of agents, as the server runs it."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from reelscore.mcp.http import McpEndpoint


async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("no tool was asked for")


def test_an_agent_that_goes_away_while_it_asks_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    coming: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        answered.append(message)

    async def ask() -> None:
        endpoint = McpEndpoint(lambda request: False)
        async with endpoint.serving(nobody):
            headers = [(b"accept", b"application/json"), (b"content-type", b"application/json")]
            scope = {
                "type": "http",
                "method": "POST",
                "path": "/mcp",
                "headers": headers,
                "query_string": b"",
            }
            await endpoint(scope, receive, send)

    asyncio.run(ask())
    assert answered == [] and not [record for record in caplog.records if record.levelname == "ERROR"]

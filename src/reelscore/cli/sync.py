"""`reelscore sync` and `reelscore fit`: songs laid under the cuts of a video, and brought to a length."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.cli.backend import Backend, LocalBackend, RemoteBackend, open_backend
from reelscore.cli.naming import song_id
from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.errors import counted
from reelscore.placement.service import SyncService
from reelscore.query.form import Query
from reelscore.records import TIMELINE_RATE
from reelscore.remote.asking import named
from reelscore.sync.plan import PlanOptions


def sync(
    video: Annotated[Path, typer.Argument(help="The video file.")],
    songs: Annotated[
        list[str] | None,
        typer.Argument(help="Songs by id, title or file; none: those that a search for the video finds."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0.1, max=12.0, help="Frames within which a cut is on a beat.")
    ] = 1.0,
    stretch: Annotated[
        bool, typer.Option("--stretch", help="A song may be up to 1 % faster or slower, if that hits more.")
    ] = False,
    hit: Annotated[
        list[float] | None, typer.Option(min=0.0, help="A second of the video to be hit beside its cuts.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many plans.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Where songs lie best under the cuts of a video, in figures for each cut."""
    backend = open_backend()
    wanted = [song_id(backend, song) for song in songs or ()]
    with progress_bar("analysing", seconds=True) as progress:
        if isinstance(backend, RemoteBackend):
            answer = backend.search_video(video, Query(limit=1), progress)
            body = {
                "analysis_id": answer["analysis_id"],
                "song_ids": [named(song) for song in wanted],
                "tolerance": tolerance,
                "stretch": stretch,
                "hits": list(hit or ()),
                "limit": limit,
            }
            found = backend.ask("POST", "/api/sync", body)
        else:
            options = PlanOptions(tolerance=tolerance, stretch=stretch)
            found = _service(backend).sync(
                video, wanted, options=options, hits=hit or (), limit=limit, progress=progress
            )
    (print_json if as_json else _print_plans)(found)


def fit(
    song: Annotated[str, typer.Argument(help="A song of the library by id or title, or an audio file.")],
    length: Annotated[
        float | None, typer.Option(min=2.0, max=3600.0, help="Seconds that the song is to last.")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="A video that the song is to last as long as.", show_default=False)
    ] = None,
    hit_at: Annotated[
        float | None, typer.Option(help="Second at which the climax of the song is to lie.")
    ] = None,
    hit_source: Annotated[
        float | None, typer.Option(help="Second of the song that is to lie there, instead of its climax.")
    ] = None,
    ending: Annotated[
        str, typer.Option(help="real: the song's own; button: cut on a strong beat; fade.")
    ] = "real",
    kind: Annotated[
        str, typer.Option(help="exact: to the sample; musical: the nearest good length; loop.")
    ] = "exact",
    as_json: AsJson = False,
) -> None:
    """A song brought to a length: whole bars are left out or repeated, its own ending stays."""
    backend = open_backend()
    song = song_id(backend, song)
    wanted: dict[str, Any] = {"kind": kind, "ending": ending, "hit_at": hit_at, "hit_source": hit_source}
    with progress_bar("listening", seconds=True) as progress:
        if isinstance(backend, RemoteBackend):
            body: dict[str, Any] = {"song_id": named(song), "seconds": length, **wanted}
            if video is not None:
                body["analysis_id"] = backend.search_video(video, Query(limit=1), progress)["analysis_id"]
            found = backend.ask("POST", "/api/fit", body)
        else:
            found = _service(backend).fit(song, length=length, video=video, progress=progress, **wanted)
    (print_json if as_json else _print_fit)(found)


def _service(backend: Backend) -> SyncService:
    if not isinstance(backend, LocalBackend):
        raise TypeError(f"no library behind {backend!r}")
    return SyncService(backend.wiring)


def _print_plans(found: Mapping[str, Any]) -> None:
    video = found["video"]
    cuts, songs = counted(video["cuts"], "cut"), counted(found["planned"], "song")
    say(f"[dim]{cuts} in {video['duration']:.1f} s; {songs} planned[/dim]")
    for rank, document in enumerate(found["plans"], 1):
        plan, title = document["plan"], escape(document["song"]["title"])
        say(f"{rank:3d}. {plan['score']:.3f}  [bold]{title}[/bold]  {_from(plan['offset'])}")
        say(f"            {escape(plan['verdict'])}")
        for words in (*plan["notes"], *(move["words"] for move in plan["moves"])):
            say(f"            [dim]{escape(words)}[/dim]")
        say(f"            [dim]plan {document['id']}[/dim]")
    if not found["plans"]:
        say("no songs")


def _print_fit(found: Mapping[str, Any]) -> None:
    fit = found["fit"]
    seconds = fit["length"] / TIMELINE_RATE
    title = escape(found["song"]["title"])
    say(f"[bold]{title}[/bold]  {seconds:.3f} s, {fit['ending']} ending, {fit['bars']} bars")
    for event in fit["events"]:
        start, end = event["source_in"], event["source_in"] + event["length"]
        say(f"  at {_clock(event['record_in'])}  {_clock(start)} to {_clock(end)} of the song")
    for words in (*fit["degraded"], *fit["notes"]):
        say(f"  [yellow]{escape(words)}[/yellow]")
    note(f"plan {found['id']}")


def _from(offset: int) -> str:
    return f"from {_clock(offset)}" if offset >= 0 else f"begins {_clock(-offset)} in"


def _clock(samples: int) -> str:
    minutes, seconds = divmod(abs(samples) / TIMELINE_RATE, 60.0)
    return f"{'-' if samples < 0 else ''}{int(minutes)}:{seconds:06.3f}"

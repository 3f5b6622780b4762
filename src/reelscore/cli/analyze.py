"""`reelscore analyze video|audio`: what is in one file, without a library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.analysis.track import describe_sound
from reelscore.analysis.video import look_at
from reelscore.cli.output import clock, escape, note, print_analysis, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.wiring import open_wiring

app = typer.Typer(help="Measure one file.", no_args_is_help=True)


@app.command()
def video(
    path: Annotated[Path, typer.Argument(help="The video file.")],
    about: Annotated[
        str | None,
        typer.Option(help="What is to be seen, with times if you like: 'office; 0:20 the sea'."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Cuts, motion, light and sound of a video, and the music that it wants."""
    with progress_bar("analysing", seconds=True) as progress:
        analysis = look_at(open_wiring(), path, progress, about=about)
    if as_json:
        print_json({"analysis": analysis})
        return
    print_analysis(analysis)
    if "query" in analysis:
        say(f"[bold]asks for[/bold] {escape(_wished(analysis['query']))}")
    for scene in analysis.get("scenes", ()):
        until = "the end" if scene["end"] is None else clock(scene["end"])
        say(f"  {clock(scene['start'])} to {until}: {escape(scene['words'])}: {escape(_wished(scene))}")
    for name, words in analysis["basis"].items():
        say(f"  [dim]{escape(name)}: {escape(words)}[/dim]")


@app.command()
def audio(
    path: Annotated[Path, typer.Argument(help="The audio file.")],
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw it all into this .png, .svg or .pdf file too.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tempo, key, loudness, energy and tags of an audio file."""
    found = describe_sound(open_wiring(), path, plot=plot)
    if as_json:
        print_json(found)
    else:
        _print_sound(found)
    if plot is not None:
        note(f"drew {plot}")


def _wished(query: Mapping[str, Any]) -> str:
    """The phrases that are searched for, the strongest first, with the tempo."""
    phrases = sorted(query["phrases"], key=lambda phrase: -float(phrase["weight"]))
    tempo = query["tempo_bpm"]
    wished = [phrase["text"] for phrase in phrases]
    return ", ".join([*wished, f"{tempo[0]:.0f}-{tempo[1]:.0f} bpm"] if tempo else wished)


def _print_sound(found: Mapping[str, Any]) -> None:
    for name, value in found["features"].items():
        if value is not None and not isinstance(value, list):
            say(f"{name:22s} {value}")
    say(f"voice                  {found['voice']}")
    say("tags                   " + ", ".join(f"{tag} {p:.2f}" for tag, p in list(found["tags"].items())[:8]))

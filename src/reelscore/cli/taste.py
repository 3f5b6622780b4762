"""`reelscore taste show|questions|answer|export|forget`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reelscore.cli.backend import open_backend
from reelscore.cli.naming import song_id
from reelscore.cli.output import escape, give_json, note, print_json, say
from reelscore.cli.panels import AsJson, examples
from reelscore.errors import InvalidInputError, counted

app = typer.Typer(help="What answers learn from: what was kept, turned down and heard.", no_args_is_help=True)

Person = Annotated[
    str, typer.Option("--user", help="Of this user; not given: of everybody who does not sign in.")
]


@app.command()
def show(person: Person = "", as_json: AsJson = False) -> None:
    """What is known: how much was judged, and what the songs that were kept have more of."""
    found = open_backend().taste(person)
    if as_json:
        print_json(found)
        return
    if not found["on"]:
        say("switched off: REELSCORE_TASTE")
    say(
        f"{counted(found['events'], 'event')}: {counted(found['kept'], 'song')} kept, "
        f"{found['turned_down']} turned down"
    )
    for name, words in (("leans_to", "leans to"), ("leans_away", "leans away from")):
        if found[name]:
            say(f"{words}: {escape(', '.join(found[name]))}")
    if found["tempo_bpm"] is not None:
        say(f"mostly about {found['tempo_bpm']:.0f} bpm, energy {found['energy']:.2f}")


@app.command(**examples("reelscore taste questions -n 10"))
def questions(
    person: Person = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=2, max=50, help="How many songs.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The songs that nobody judged yet whose judgement would teach most, the most telling first."""
    found = open_backend().taste_questions(person, limit)
    if as_json:
        print_json({"songs": found})
        return
    for song in found:
        who = ", ".join(song["artists"])
        called = song["title"] + (f" · {who}" if who else "")
        say(f"{song['id']}  [bold]{escape(called)}[/bold]  [dim]{song['duration']}[/dim]")
    if found:
        note("`reelscore taste answer --suits SONG --not SONG` says what suits")
    else:
        say("every song was judged")


@app.command(**examples("reelscore taste answer --suits 'Calm acoustic 1' --not 'Dark electronic 2'"))
def answer(
    person: Person = "",
    suits: Annotated[
        list[str] | None, typer.Option("--suits", help="A song that suits, by id or title; may be repeated.")
    ] = None,
    does_not: Annotated[
        list[str] | None, typer.Option("--not", help="A song that does not; may be repeated.")
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", help="For the film of the project with this id.")
    ] = None,
) -> None:
    """Say which songs suit, and which do not."""
    if not (suits or does_not):
        raise InvalidInputError("name a song that suits (--suits) or does not (--not)")
    backend = open_backend()
    suit = [song_id(backend, song) for song in suits or ()]
    do_not = [song_id(backend, song) for song in does_not or ()]
    backend.answer_taste(person, suit, do_not, project)
    say(f"noted {counted(len(suit) + len(do_not), 'song')}")


@app.command(**examples("reelscore taste export --out taste.json"))
def export(
    person: Person = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file; else the JSON is printed.", show_default=False),
    ] = None,
) -> None:
    """All that was noted, as JSON."""
    found = open_backend().taste_events(person)
    give_json({"user": person, "events": found}, out, f"{counted(len(found), 'event')} to ")


@app.command(**examples("reelscore taste forget", "reelscore taste forget --kind auditioned --yes"))
def forget(
    person: Person = "",
    song: Annotated[str | None, typer.Option("--song", help="Only of the song with this id.")] = None,
    project: Annotated[
        str | None, typer.Option("--project", help="Only in the project with this id.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only of a kind, such as auditioned.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete what was noted. Shortlists of projects stay."""
    backend = open_backend()
    if not yes:
        what = "what was noted" if not (song or project or kind) else "this part of what was noted"
        typer.confirm(f"Delete {what}{f' of {person}' if person else ''}?", abort=True, err=True)
    removed = backend.forget_taste(person, song_id=song, project_id=project, kind=kind)
    if as_json:
        print_json({"removed": removed})
    else:
        say(f"forgot {counted(removed, 'event')}")

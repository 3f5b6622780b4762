"""`reelscore saved add|list|renew|remove`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from reelscore.cli.backend import open_backend
from reelscore.cli.choices import Choices, with_choices
from reelscore.cli.naming import song_id
from reelscore.cli.output import escape, note, print_json, say
from reelscore.cli.panels import AsJson, examples, output_option
from reelscore.errors import counted
from reelscore.library.server_playlists import whole_target

app = typer.Typer(help="Searches that are kept, and renewed when music is added.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(help="Its name or its id.")]


@app.command(
    **examples("reelscore saved add 'Calm evenings' 'calm piano' --tempo 60-90 --playlist calm.m3u8")
)
@with_choices("like", limit=30)
def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    query: Annotated[str | None, typer.Argument(help="A few words.")] = None,
    playlist: Annotated[
        str | None,
        output_option(
            "A playlist that is kept: a .m3u8, .xspf or .xml file, or subsonic:, jellyfin: or plex:NAME.",
            "--playlist",
        ),
    ] = None,
    as_json: AsJson = False,
    *,
    choices: Choices,
) -> None:
    """Keep a search with its answer."""
    backend = open_backend()
    song = song_id(backend, choices.like) if choices.like is not None else None
    path = whole_target(playlist) if playlist is not None else None
    asked = choices.query(text=query, song=song)
    _print(backend.save_search(name, asked, path), as_json)


@app.command("list")
def list_searches(as_json: AsJson = False) -> None:
    """The saved searches by name."""
    found = open_backend().saved_searches()
    if as_json:
        print_json({"saved": found})
        return
    for saved in found:
        _print(saved, False)
    if not found:
        say("no saved searches")


@app.command()
def renew(
    everything: Annotated[
        bool, typer.Option("--all", help="Not only those whose answer can differ.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer them again if new songs can change their answers; an ingest does so by itself."""
    done = open_backend().renew_searches(everything=everything)
    if as_json:
        print_json(done)
        return
    for each in done["changed"]:
        say(f"{escape(each['name'])}: {len(each['added'])} came, {len(each['removed'])} went")
    for each in done["failed"]:
        note(f"{each['name']}: {each['problem']}; its songs are those of before")
    say(f"{done['run']} run, {done['unchanged']} cannot have changed")


@app.command()
def remove(name: Named, as_json: AsJson = False) -> None:
    """Forget a saved search; its playlist stays."""
    _print(open_backend().remove_search(name), as_json)


def _print(saved: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(saved)
        return
    where = f"  [dim]{escape(saved['playlist'])}[/dim]" if saved["playlist"] else ""
    say(f"{escape(saved['name'])}: {counted(len(saved['song_ids']), 'song')}{where}")
    if saved["problem"]:
        note(saved["problem"])

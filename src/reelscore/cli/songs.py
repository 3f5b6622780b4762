"""`reelscore songs list|show|remove|rights|correct`, and songs named by their titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from reelscore.cli.backend import open_backend
from reelscore.cli.choices import Choices, with_filters
from reelscore.cli.naming import plain_name, song_id
from reelscore.cli.output import escape, note, print_json, say
from reelscore.cli.panels import AsJson, examples
from reelscore.errors import counted

app = typer.Typer(help="The songs of the library.", no_args_is_help=True)

Text = Annotated[str | None, typer.Option(show_default=False)]
SongName = Annotated[str, typer.Argument(help="A song by id or title.")]


@app.command(
    "list", **examples("reelscore songs list --genre jazz --sort -year", "reelscore songs list moon")
)
@with_filters
def list_songs(
    words: Annotated[str | None, typer.Argument(help="Words of the title, artist or album.")] = None,
    sort: Annotated[
        str,
        typer.Option(
            help="title, artist, album, genre, year, duration, added, tempo, energy or key; "
            "-title turns it around."
        ),
    ] = "title",
    offset: Annotated[int, typer.Option(min=0, help="Songs to skip.")] = 0,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many songs.")] = 50,
    as_json: AsJson = False,
    *,
    choices: Choices,
) -> None:
    """Songs of the library, one page at a time."""
    page = open_backend().songs(choices.query(text=words, limit=limit), sort=sort, offset=offset)
    if as_json:
        print_json(page)
        return
    for song in page["songs"]:
        say(f"{song['id']}  {_name(song)}  [dim]{song['duration']}[/dim]")
    shown = offset + len(page["songs"])
    if shown < page["total"]:
        note(f"{counted(page['total'], 'song')}; the next page: --offset {shown}")
    else:
        say(counted(page["total"], "song"))


@app.command()
def show(song: SongName, as_json: AsJson = False) -> None:
    """One song, with what was measured in it."""
    backend = open_backend()
    found = backend.song(song_id(backend, song))
    if as_json:
        print_json(found)
        return
    say(f"[bold]{_name(found)}[/bold]  {found['id']}")
    for name in ("album", "year", "genre", "duration", "source", "uri", "added_at"):
        if found.get(name):
            say(f"{name}: {escape(str(found[name]))}")
    for name in ("tempo_bpm", "key", "energy", "loudness_lufs"):
        value = (found.get("features") or {}).get(name)
        if value is not None:
            say(f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {escape(str(value))}")
    if found.get("voice"):
        say(f"voice: {found['voice']}")
    tags = sorted(found.get("tags") or {}, key=lambda tag: -found["tags"][tag])
    if tags:
        say(f"tags: {escape(', '.join(tags[:8]))}")


@app.command()
def remove(
    song: SongName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a song out of the library. Its file stays, and comes back when its folder is ingested again."""
    backend = open_backend()
    found = backend.song(song_id(backend, song))
    if not yes:
        typer.confirm(f"Remove {found['title']} ({found['id']}) from the library?", abort=True, err=True)
    removed = backend.remove_song(found["id"])
    if as_json:
        print_json(removed)
    else:
        say(f"removed {_name(removed)}; its file stays where it is")


@app.command()
def rights(
    song: SongName,
    licence: Annotated[str | None, typer.Option(help="Such as CC-BY-4.0.", show_default=False)] = None,
    holder: Annotated[str | None, typer.Option(help="Rights holder.", show_default=False)] = None,
    attribution: Annotated[str | None, typer.Option(help="How to name them.", show_default=False)] = None,
    publisher: Text = None,
    isrc: Text = None,
    iswc: Text = None,
    usage: Annotated[
        str | None, typer.Option(help="What cue sheets call the use.", show_default=False)
    ] = None,
    source_url: Text = None,
    as_json: AsJson = False,
) -> None:
    """Show the rights of a song, or enter some by hand: they count more than its tags.

    An empty text takes back what was entered: --licence ''.
    """
    entered = {
        "licence": licence,
        "rights_holder": holder,
        "attribution": attribution,
        "publisher": publisher,
        "isrc": isrc,
        "iswc": iswc,
        "usage": usage,
        "source_url": source_url,
    }
    values = {name: value for name, value in entered.items() if value is not None}
    backend = open_backend()
    found = backend.enter_rights(song_id(backend, song), values)
    if as_json:
        print_json(found)
        return
    for name, value in found["rights"].items():
        if value:
            by_hand = " (entered by hand)" if name in found["by_hand"] else ""
            say(f"{name.replace('_', ' ')}: {escape(value)}{by_hand}")
    if not any(found["rights"].values()):
        note("nothing is known of its rights")


@app.command(
    **examples(
        "reelscore songs correct Moon --tempo x2 --key Am --mood calm --mood dark",
        "reelscore songs correct Moon --undo tempo",
    )
)
def correct(
    song: SongName,
    title: Text = None,
    genre: Text = None,
    tempo: Annotated[
        str | None, typer.Option(help="Beats per minute, or x2 or /2.", show_default=False)
    ] = None,
    key: Annotated[str | None, typer.Option(help="'A minor', F#m, 8A.", show_default=False)] = None,
    vocals: Annotated[
        bool | None, typer.Option("--vocals/--no-vocals", help="Sung, or instrumental.", show_default=False)
    ] = None,
    mood: Annotated[list[str] | None, typer.Option(help="All moods that it has.")] = None,
    licence: Annotated[str | None, typer.Option(help="Such as CC-BY-4.0.", show_default=False)] = None,
    undo: Annotated[
        list[str] | None, typer.Option(help="A field whose correction is taken back; all: every one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was corrected of a song, or correct it: it counts more than tags and measurements."""
    entered = {
        "title": title,
        "genre": genre,
        "tempo": tempo,
        "key": key,
        "vocals": vocals,
        "moods": mood or None,
        "licence": licence,
    }
    values: dict[str, Any] = {name: value for name, value in entered.items() if value is not None}
    backend = open_backend()
    own = song_id(backend, song)
    fields = undo or ()
    if "all" in fields:
        fields = backend.correct(own, {})["corrections"]
    found = backend.correct(own, {("moods" if name == "mood" else name): None for name in fields} | values)
    if as_json:
        print_json(found)
        return
    for name, value in found["corrections"].items():
        shown = ", ".join(value) if isinstance(value, list) else value
        if isinstance(value, bool):
            shown = "yes" if value else "no"
        say(f"{name.replace('_', ' ')}: {escape(str(shown))}")
    if not found["corrections"]:
        note("nothing of it is corrected")


def _name(song: Mapping[str, Any]) -> str:
    return escape(plain_name(song))

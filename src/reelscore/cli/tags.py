"""`reelscore tags write|undo`: tempo, key and mood in the tags of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.catalog.store import Catalog
from reelscore.cli.backend import catalog_beside
from reelscore.cli.naming import stored_song
from reelscore.cli.output import escape, note, print_json, say
from reelscore.cli.panels import AsJson, examples
from reelscore.errors import InvalidInputError, ReelscoreError, StorageError, counted
from reelscore.library.tag_files import undo_tags, write_tags
from reelscore.sources.folder.source import FolderSource

app = typer.Typer(help="Tempo, key and mood in the tags of your files.", no_args_is_help=True)

Songs = Annotated[list[str] | None, typer.Argument(help="Songs by id, title or file.", show_default=False)]


@app.command(
    **examples(
        "reelscore tags write 'Ada - Moon' --bpm --key --in-place",
        "reelscore tags write --all --bpm --key --mood --to ~/tagged",
    )
)
def write(
    songs: Songs = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every song of folders.")] = False,
    bpm: Annotated[bool, typer.Option("--bpm", help="Write the tempo.")] = False,
    key: Annotated[bool, typer.Option("--key", help="Write the key, such as Am.")] = False,
    mood: Annotated[bool, typer.Option("--mood", help="Write the moods that are heard.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Change the files themselves.")] = False,
    to: Annotated[
        Path | None, typer.Option(help="Write copies to this folder instead.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what is known into the tags of files. Their sound, and all their other tags, stay."""
    fields = [name for name, wanted in (("bpm", bpm), ("key", key), ("mood", mood)) if wanted]
    if not fields:
        raise InvalidInputError("say what to write: --bpm, --key, --mood")
    if in_place == (to is not None):
        raise InvalidInputError("give either --in-place, or --to FOLDER for copies")
    if to is not None and not to.expanduser().is_dir():
        raise InvalidInputError(f"there is no folder {to}; make it first")
    with catalog_beside() as catalog:
        ids = _chosen(
            catalog, songs, every, lambda: [one.id for one in catalog.songs_of_source(FolderSource.name)]
        )
        _each(ids, lambda song: write_tags(catalog, song, fields, folder=to), as_json)


@app.command(**examples("reelscore tags undo 'Ada - Moon'", "reelscore tags undo --all"))
def undo(
    songs: Songs = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every song whose tags were written.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put back what stood in the tags before they were first written in place."""
    with catalog_beside() as catalog:
        ids = _chosen(catalog, songs, every, catalog.tag_written_songs)
        _each(ids, lambda song: undo_tags(catalog, song), as_json)


def _chosen(
    catalog: Catalog, songs: Sequence[str] | None, every: bool, all_of_them: Callable[[], list[str]]
) -> list[str]:
    if bool(songs) == every:
        raise InvalidInputError("name songs, or give --all")
    return all_of_them() if every else [stored_song(catalog, song).id for song in songs or ()]


def _each(ids: Sequence[str], do: Callable[[str], dict[str, Any]], as_json: bool) -> None:
    """Do it to one song after the other; what fails for a song is a line, and the exit status 1."""
    done, failed = [], []
    for song in ids:
        try:
            report = do(song)
        except StorageError:
            raise  # a full disk, say, is not about this song
        except ReelscoreError as error:
            failed.append({"song_id": song, "code": error.code, "message": str(error)})
            note(str(error))
            continue
        done.append(report)
        if not as_json:
            values = "; ".join(
                f"{name} {', '.join(texts)}".strip() for name, texts in report["written"].items()
            )
            say(f"{escape(report['path'])}: {escape(values)}")
    if as_json:
        print_json({"written": done, "failed": failed})
    elif len(ids) > 1:
        say(f"{counted(len(done), 'file')} written")
    if failed:
        raise typer.Exit(1)

"""`reelscore projects list|show|export|import|remove`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from reelscore.cli.backend import Backend, open_backend
from reelscore.cli.output import escape, give_json, print_json, say
from reelscore.cli.panels import AsJson, examples
from reelscore.errors import InvalidInputError, counted
from reelscore.files import read_text

app = typer.Typer(help="Films with their shortlist.", no_args_is_help=True)

ProjectName = Annotated[str, typer.Argument(help="A project by id or name.")]


@app.command("list")
def list_projects(as_json: AsJson = False) -> None:
    """The projects, the one that was changed last first."""
    found = open_backend().projects()
    if as_json:
        print_json(found)
        return
    for project in found:
        say(
            f"{project['id']}  {escape(project['name'])}  "
            f"[dim]{counted(len(project['films']), 'film')}, {counted(project['kept'], 'song')} kept, "
            f"changed {project['changed_at'][:16].replace('T', ' ')}[/dim]"
        )
    say(counted(len(found), "project"))


@app.command()
def show(project: ProjectName, as_json: AsJson = False) -> None:
    """A project: its films, hit points, notes and songs."""
    found = _named(open_backend(), project)
    if as_json:
        print_json(found)
        return
    say(f"[bold]{escape(found['name'])}[/bold]  {found['id']}")
    for film in found["films"]:
        hits = ", ".join(f"{hit:.2f} s" for hit in film["hits"])
        say(f"film: {escape(film['name'])}" + (f"; hit points {hits}" if hits else ""))
    if found["notes"]:
        say(f"notes: {escape(found['notes'])}")
    names = {film["id"]: film["name"] for film in found["films"]}
    for song in found["songs"]:
        say(_line(song, names))


@app.command("export", **examples("reelscore projects export harbour --out harbour.json"))
def export_project(
    project: ProjectName,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file; else the JSON is printed.", show_default=False),
    ] = None,
) -> None:
    """A project as JSON, which `projects import` makes a project of, here or in another library."""
    give_json(_named(open_backend(), project), out, "")


@app.command("import")
def import_project(
    file: Annotated[Path, typer.Argument(help="What `projects export` wrote.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """A new project from an exported one. Songs are known again by their ids."""
    try:
        values = json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{file} is not a project: it is not JSON") from error
    if not isinstance(values, dict):
        raise InvalidInputError(f"{file} is not a project")
    made = open_backend().make_project(values)
    if as_json:
        print_json(made)
        return
    lost = sum(not song["in_library"] for song in made["songs"])
    say(
        f"made {escape(made['name'])}  {made['id']}"
        + (f"; {counted(lost, 'song')} not in this library" if lost else "")
    )


@app.command()
def remove(
    project: ProjectName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a project and the analyses of its films. Songs and the films themselves stay."""
    backend = open_backend()
    found = _named(backend, project)
    if not yes:
        typer.confirm(f"Delete {found['name']} ({found['id']})?", abort=True, err=True)
    removed = backend.remove_project(found["id"])
    if as_json:
        print_json(removed)
    else:
        say(f"deleted {escape(removed['name'])}")


def _named(backend: Backend, name: str) -> dict[str, Any]:
    """A project by id, or by a name that only one has."""
    ids = [project["id"] for project in backend.projects() if name in (project["id"], project["name"])]
    if len(ids) > 1:
        raise InvalidInputError(
            f"{counted(len(ids), 'project')} are called {name!r}; give an id: {', '.join(ids)}"
        )
    return backend.project(ids[0] if ids else name)


def _line(song: Mapping[str, Any], films: Mapping[str, str]) -> str:
    by = f"{', '.join(song['artists'])} - " if song["artists"] else ""
    parts = [
        "turned down" if song["rejected"] else "★" * song["stars"],
        *(_place(place, films[film] if len(films) > 1 else "") for film, place in song["places"].items()),
        song["note"],
        "" if song["in_library"] else "not in the library any more",
    ]
    about = "; ".join(filter(None, parts))
    return f"{song['song_id']}  {escape(by + song['title'])}  [dim]{escape(about)}[/dim]"


def _place(place: Mapping[str, Any], film: str) -> str:
    parts = ["fitted"] if place["fitted"] else []
    parts += [] if place["offset"] is None else [f"from {place['offset']:.2f} s"]
    return " ".join([", ".join(parts), f"under {film}"] if parts and film else parts)

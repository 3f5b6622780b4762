"""`reelscore stats`, `check`, `index status|rebuild`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from reelscore.cli.backend import open_backend
from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.errors import counted
from reelscore.library.index_sync import index_status, rebuild_indexes
from reelscore.maintenance.check import check_library
from reelscore.wiring import open_wiring

index_app = typer.Typer(help="The vector indexes.", no_args_is_help=True)


def stats(as_json: AsJson = False) -> None:
    """Songs per source, vectors per space, and where the library lies."""
    found = open_backend().stats()
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        if name == "spaces":
            for row in value:
                say(f"space {row['space']}: {row['vectors']} of {found['songs']} songs, {_in_the_index(row)}")
        elif isinstance(value, dict):
            say(f"{name}: " + (", ".join(f"{key} {number}" for key, number in value.items()) or "none"))
        else:
            say(f"{name}: {escape(str(value))}")


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold SQL, indexes, files and jobs against each other; exit code 1 if something is wrong.

    With --repair the indexes are filled from SQL, rows that belong to nothing go, and songs that lack
    something, or that an older version measured, are heard again.
    """
    with progress_bar("checking") as progress:
        found = check_library(open_wiring(), repair=repair, progress=progress)
    if as_json:
        print_json(found)
    else:
        _print_check(found)
    if not found["ok"]:
        raise typer.Exit(1)


def _in_the_index(row: Mapping[str, Any]) -> str:
    there = "its index cannot be used" if row["points"] is None else f"{row['points']} in the index"
    return f"{there}, {row['status']}"


def _print_check(found: Mapping[str, Any]) -> None:
    for source, number in found["sources"].items():
        say(f"source {escape(source)}: {number} songs")
    for row in found["spaces"]:
        say(
            f"space {row['space']}: {row['songs']} of {found['songs']} songs, {row['windows']} windows, "
            f"{_in_the_index(row)}"
        )
    for line in found["waiting"]:
        say(f"[dim]{escape(line)}; the next search sees to it[/dim]")
    for line in found["repaired"]:
        say(f"[green]repaired[/green] {escape(line)}")
    for problem in found["problems"]:
        say(f"[yellow]problem[/yellow] {escape(problem)}")
    say(
        f"{counted(found['songs'], 'song')}, "
        + ("all is well" if found["ok"] else counted(len(found["problems"]), "problem"))
    )


@index_app.command()
def status(as_json: AsJson = False) -> None:
    """Each space with what SQL holds and what its index holds."""
    rows = index_status(open_wiring())
    if as_json:
        print_json({"spaces": rows})
        return
    for row in rows:
        there = f"{row['points']} of {row['vectors']} vectors" if row["points"] is not None else row["error"]
        say(f"{row['space']}: {escape(there)}, {row['status']}")


@index_app.command()
def rebuild(as_json: AsJson = False) -> None:
    """Rebuild every index from SQL; on a Qdrant server searches go on meanwhile."""
    notes: list[str] = []
    with progress_bar("refilling") as progress:
        written = dict(rebuild_indexes(open_wiring(), progress, tell=notes.append))
    for line in notes:
        note(line)
    if as_json:
        print_json({"written": written})
        return
    for space, count in written.items():
        say(f"{space}: {count} vectors")

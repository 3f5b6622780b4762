"""`reelscore db schema|current|upgrade|copy`."""

from __future__ import annotations

from typing import Annotated

import typer

from reelscore.cli.output import escape, note, print_json, progress_bar, say
from reelscore.cli.panels import AsJson
from reelscore.config import Settings, load_settings

app = typer.Typer(help="The database of the library.", no_args_is_help=True)


@app.command()
def schema(
    dialect: Annotated[str, typer.Option(help="mysql (for MariaDB too) or sqlite.")] = "mysql",
    database: Annotated[
        str | None, typer.Option(help="MySQL database to make and use; DB_NAME by default, none with ''.")
    ] = None,
) -> None:
    """Print the statements that make the tables, for a file or the client of the database.

    A library makes its tables by itself when it is opened; this is for administrators.
    """
    from reelscore.catalog.db.upgrade import schema_script

    name = load_settings().db_name if database is None and dialect == "mysql" else database
    typer.echo(schema_script(dialect, name or None), nl=False)


@app.command()
def current(as_json: AsJson = False) -> None:
    """Which database is used, and whether its tables are those of this version; nothing is changed."""
    found = _state(load_settings())
    if as_json:
        print_json(found)
        return
    say(f"database: {escape(str(found['database']))}")
    say(f"kind: {found['dialect']} {found['version'] or '(not there yet)'}")
    say(f"revision: {found['revision'] or 'no tables yet'} of {found['head']}")


@app.command()
def upgrade(as_json: AsJson = False) -> None:
    """Make the tables, or bring them up to date; opening the library does the same."""
    from reelscore.wiring import open_wiring

    settings = load_settings()
    before = _state(settings)["revision"]
    _ = open_wiring(settings).catalog
    found = {**_state(settings), "before": before}
    if as_json:
        print_json(found)
    elif before == found["revision"]:
        say(f"the tables are up to date: revision {before}")
    else:
        say(f"upgraded from {before or 'nothing'} to revision {found['revision']}")


@app.command()
def copy(
    source: Annotated[
        str | None,
        typer.Option("--from", help="Address to copy from; the SQLite library of REELSCORE_HOME by default."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--to", help="Address to copy to; the database of the settings by default."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Copy into a library with songs; those with the same id are replaced."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the library into another database, and check that all of it arrived; exit code 1 if not.

    An address is like sqlite:////home/me/library.sqlite3 or mysql://user:password@host/name. Others on the
    machine see passwords on a command line: with DB_USER and DB_PASSWORD set, neither option is needed.
    """
    from reelscore.maintenance.copy import move_library

    settings = load_settings()
    with progress_bar("copying") as progress:
        found = move_library(settings, source, target, force=force, progress=progress)
    if as_json:
        print_json(found)
    else:
        for name, rows in found["tables"].items():
            say(f"{name}: {rows['source']} rows, {rows['target']} in the target")
        for problem in found["problems"]:
            say(f"[yellow]problem[/yellow] {escape(problem)}")
        if found["copied"]:
            say(
                f"{found['copied']['songs']} songs copied from {escape(found['from'])} to "
                f"{escape(found['to'])}; {found['compared']} rows compared"
            )
        else:
            say(f"{escape(found['to'])} is the library of the settings already; its indexes were brought")
        for row in found["indexes"]:
            say(
                f"index of {row['space']}: {row['points']} of {row['vectors']} vectors; "
                f"{row['queries']} sample queries, {row['agreement']:.0%} as SQL says"
            )
        if not found["indexes"]:
            note(
                "a vector index is filled when its library is opened; `reelscore index rebuild` does it again"
            )
    if not found["ok"]:
        raise typer.Exit(1)


def _state(settings: Settings) -> dict[str, str | None]:
    from reelscore.catalog.db.engine import shown_address
    from reelscore.catalog.db.schema import REVISIONS
    from reelscore.catalog.db.upgrade import database_state

    found = database_state(settings.sql_url)
    return {
        "database": shown_address(settings.sql_url),
        "dialect": found.dialect,
        "version": found.version,
        "revision": found.revision,
        "head": REVISIONS[-1],
    }

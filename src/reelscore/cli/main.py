"""The command line: `reelscore COMMAND`. Thin: parse, call a service, print.

Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from reelscore import __version__
from reelscore.cli import (
    analyze,
    database,
    evaluate,
    export,
    ingest,
    jobs,
    library,
    models,
    playlist,
    recommend,
    reindex,
    serve,
    sync,
    worker,
)
from reelscore.cli.output import print_json, stderr
from reelscore.errors import ReelscoreError

app = typer.Typer(
    name="reelscore",
    help="Music for a video, a sentence or a song, from your own library.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.add_typer(recommend.app, name="recommend")
app.add_typer(ingest.app, name="ingest")
app.add_typer(analyze.app, name="analyze")
app.add_typer(library.index_app, name="index")
app.add_typer(database.app, name="db")
app.command("sync")(sync.sync)
app.command("fit")(sync.fit)
app.command("demo")(serve.demo)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.add_typer(jobs.app, name="jobs")
app.add_typer(models.app, name="models")
app.command("reindex")(reindex.reindex)
app.command("export")(export.export)
app.command("mix")(export.mix)
app.command("playlist")(playlist.playlist)
app.command("stats")(library.stats)
app.command("check")(library.check)
app.command("eval")(evaluate.run)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reelscore {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens to stderr.")] = False,
) -> None:
    """Music for a video, a sentence or a song, from your own library."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s",
    )


def run() -> None:
    """Entry point of the console script."""
    try:
        app()
    except ReelscoreError as error:
        message = " ".join(str(error).split())
        if "--json" in sys.argv:
            print_json({"error": {"code": error.code, "message": message}})
        stderr.print(f"error: {message}", markup=False, style="red")
        sys.exit(1)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        # A bug of ours is one line too; --verbose shows where it is.
        logging.getLogger(__name__).info("internal error", exc_info=True)
        stderr.print(
            f"internal error: {type(error).__name__}: {error}; run it again with --verbose and report it",
            markup=False,
            style="red",
        )
        sys.exit(1)
    except SystemExit as ending:
        if ending.code == 130:  # what Typer makes of Ctrl-C
            kept = "; what was added stays, and the same command goes on from there"
            stderr.print("stopped" + (kept if sys.argv[1:2] == ["ingest"] else ""))
        raise

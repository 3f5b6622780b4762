"""The command line: `reelscore COMMAND`. Thin: parse, call a service, print.

Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from reelscore import __version__
from reelscore.cli.output import complain, note, print_json
from reelscore.cli.panels import EXAMPLES, epilog_of
from reelscore.errors import ReelscoreError

# Group of the help -> command -> its module and name there. A module is imported once its command is asked
# for: all of them together take longer than most commands.
_GROUPS = {
    "Find music": {
        "recommend": ("recommend", "app"),
        "analyze": ("analyze", "app"),
        "live": ("live", "live"),
        "saved": ("saved", "app"),
        "projects": ("projects", "app"),
        "demo": ("serve", "demo"),
    },
    "Lay it under the film": {
        "sync": ("sync", "sync"),
        "fit": ("sync", "fit"),
        "mix": ("export", "mix"),
        "export": ("export", "export"),
        "playlist": ("playlist", "playlist"),
    },
    "The library": {
        "ingest": ("ingest", "app"),
        "songs": ("songs", "app"),
        "tags": ("tags", "app"),
        "analyses": ("analyses", "app"),
        "stats": ("library", "stats"),
        "check": ("library", "check"),
        "index": ("library", "index_app"),
        "db": ("database", "app"),
        "backup": ("backup", "backup"),
        "restore": ("backup", "restore"),
    },
    "Models and taste": {
        "taste": ("taste", "app"),
        "models": ("models", "app"),
        "train": ("train", "train"),
        "reindex": ("reindex", "reindex"),
        "eval": ("evaluate", "run"),
        "bench": ("bench", "bench"),
    },
    "Serve": {
        "serve": ("serve", "serve"),
        "worker": ("worker", "worker"),
        "mcp": ("mcp", "mcp"),
        "users": ("users", "app"),
        "jobs": ("jobs", "app"),
    },
}
_COMMANDS = {command: place for group in _GROUPS.values() for command, place in group.items()}


class _LazyGroup(TyperGroup):
    """The commands of the table, each imported when it is looked at."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import one command; None if there is none of this name."""
        if cmd_name not in _COMMANDS:
            return None
        if cmd_name not in self.commands:
            module, name = _COMMANDS[cmd_name]
            found = getattr(import_module(f"reelscore.cli.{module}"), name)
            holder = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
            holder.callback()(lambda: None)  # with it a single command keeps its name
            shown = epilog_of(*EXAMPLES.get(cmd_name, ()))
            if isinstance(found, typer.Typer):
                holder.add_typer(found, name=cmd_name, epilog=shown)
            else:
                holder.command(cmd_name, epilog=shown)(found)
            self.commands.update(typer.main.get_group(holder).commands)
        return self.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands of each group with what they do."""
        for title, group in _GROUPS.items():
            with formatter.section(title):
                helps = {name: self.get_command(ctx, name).get_short_help_str(limit=62) for name in group}
                formatter.write_dl(sorted(helps.items()), col_spacing=12 - max(map(len, helps)))


app = typer.Typer(
    name="reelscore",
    help="Music for a video, a sentence or a song, from your own library.",
    epilog=epilog_of(*EXAMPLES[""]),
    cls=_LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)


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
    # What is imported stays, and there are a hundred thousand objects of it before the first answer: looking
    # through them after every 700 new ones takes a twentieth of the time of a question.
    gc.set_threshold(20_000, 20, 20)
    try:
        app()
    except ReelscoreError as error:
        message = " ".join(str(error).split())
        if "--json" in sys.argv:
            print_json({"error": {"code": error.code, "message": message}})
        complain(f"error: {message}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        # A bug of ours is one line too; --verbose shows where it is.
        logging.getLogger(__name__).info("internal error", exc_info=True)
        complain(
            f"internal error: {type(error).__name__}: {error}; run it again with --verbose and report it"
        )
        sys.exit(1)
    except SystemExit as ending:
        if ending.code == 130:  # what Typer makes of Ctrl-C
            kept = "; what was added stays, and the same command goes on from there"
            note("stopped" + (kept if sys.argv[1:2] == ["ingest"] else ""))
        raise

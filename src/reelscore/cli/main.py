"""The command line: `reelscore COMMAND`. Thin: parse, call a service, print.

Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import gc
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command_name
from typer.models import CommandInfo

from reelscore import __version__
from reelscore.cli.given import AsGiven, GivenCommand
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


def _made(holder: typer.Typer) -> Any:
    """The only command of a Typer, as it is run."""
    holder.callback()(lambda: None)  # with it a single command keeps its name
    (made,) = typer.main.get_group(holder).commands.values()
    return made


class _SubGroup(AsGiven, TyperGroup):
    """The commands of a command, each made when it is looked at: of thirty options that takes a while."""

    def expect(self, commands: Sequence[CommandInfo]) -> None:
        """Note the commands that there are."""
        names = [each.name or get_command_name(getattr(each.callback, "__name__", "")) for each in commands]
        self._expected = {name: copy.copy(each) for name, each in zip(names, commands, strict=True)}
        for each in self._expected.values():
            each.cls = each.cls or GivenCommand

    def list_commands(self, ctx: Any) -> list[str]:
        """Name all commands."""
        return [*self._expected, *(name for name in self.commands if name not in self._expected)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Make one command; None if there is none of this name, which is compared with all then."""
        for name in [cmd_name] if cmd_name in self._expected else self._expected:
            if name not in self.commands:
                holder = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
                holder.registered_commands.append(self._expected[name])
                self.commands[name] = _made(holder)
        return self.commands.get(cmd_name)


class _LazyGroup(AsGiven, TyperGroup):
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
            shown = epilog_of(*EXAMPLES.get(cmd_name, ()))
            if isinstance(found, typer.Typer):
                bare = copy.copy(found)
                bare.registered_commands = []
                holder.add_typer(bare, name=cmd_name, epilog=shown, cls=_SubGroup)
            else:
                holder.command(cmd_name, epilog=shown, cls=GivenCommand)(found)
            made = self.commands[cmd_name] = _made(holder)
            if isinstance(made, _SubGroup):
                made.expect(found.registered_commands)
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
    if sys._getframe(1).f_globals.get("__name__") != "__main__":  # a test, which goes on afterwards
        _run()
        return
    ending = _Ending()
    atexit.register(ending.leave)  # before all others, so it is called behind them
    try:
        _run()
        ending.code = 0
    except SystemExit as error:
        ending.code = 0 if error.code is None else error.code
        raise


class _Ending:
    """The end of a process that is done: that Python takes it apart is a tenth of the time of an answer."""

    def __init__(self) -> None:
        self.code: str | int | None = None  # the status; anything but a number: Python ends it
        self._process = os.getpid()

    def leave(self) -> None:
        """End here and now, unless that would change what is said or which status it ends with."""
        if os.getpid() != self._process or not isinstance(self.code, int):
            return
        logging.shutdown()
        with contextlib.suppress(OSError, ValueError):  # such as a full disk: Python says it
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.code)


def _run() -> None:
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

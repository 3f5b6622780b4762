"""The command line: `reelscore COMMAND`. Thin: parse, call a service, print.

Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

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

# Group of the help -> command -> its module, its name there, and how its own help begins. A module
# is imported once its command is asked for: all of them together take longer than most commands.
_GROUPS = {
    "Find music": {
        "recommend": ("recommend", "app", "Songs for a video, a sentence or a song."),
        "analyze": ("analyze", "app", "Measure one file."),
        "live": ("live", "live", "Music for a picture that is still coming."),
        "saved": ("saved", "app", "Searches that are kept, and renewed when music is added."),
        "projects": ("projects", "app", "Films with their shortlist."),
        "demo": ("serve", "demo", "Index the demo music (once), answer a video, two sentences..."),
    },
    "Lay it under the film": {
        "sync": ("sync", "sync", "Where songs lie best under the cuts of a video, in figures..."),
        "fit": ("sync", "fit", "A song brought to a length: whole bars are left out or..."),
        "mix": ("export", "mix", "A film with a song mixed in: .mp4, .mov, .mkv, or its sound..."),
        "export": ("export", "export", "A film with a song under it, for an editor."),
        "playlist": ("playlist", "playlist", "Songs of the library as a playlist, for a player or for..."),
    },
    "The library": {
        "ingest": ("ingest", "app", "Add music to the library."),
        "songs": ("songs", "app", "The songs of the library."),
        "tags": ("tags", "app", "Tempo, key and mood in the tags of your files."),
        "analyses": ("analyses", "app", "Analyses into a file and out of one, so that nobody..."),
        "stats": ("library", "stats", "Songs per source, vectors per space, and where the library..."),
        "check": ("library", "check", "Hold SQL, indexes, files and jobs against each other; exit..."),
        "index": ("library", "index_app", "The vector indexes."),
        "db": ("database", "app", "The database of the library."),
        "backup": ("backup", "backup", "Write the library into one archive, also while a server..."),
        "restore": ("backup", "restore", "Put a library back from an archive, once its checksum is..."),
    },
    "Models and taste": {
        "taste": ("taste", "app", "What answers learn from: what was kept, turned down and heard."),
        "models": ("models", "app", "Models: pulled ones (CLAP for words, CLIP for what videos..."),
        "train": ("train", "train", "Learn labels as words to search with; exit code 1 if..."),
        "reindex": ("reindex", "reindex", "Embed the library into another space, and then search by..."),
        "eval": ("evaluate", "run", "Score text search, likeness, tempo and key on labelled..."),
        "bench": ("bench", "bench", "Print time and memory of inference on this machine, over 30..."),
    },
    "Serve": {
        "serve": ("serve", "serve", "Serve the page and the API until interrupted."),
        "worker": ("worker", "worker", "Work on the jobs that `serve` sends over CELERY_BROKER_URL,..."),
        "mcp": ("mcp", "mcp", "Serve an agent over standard input and output (MCP); a..."),
        "users": ("users", "app", "Who may sign in to a server that others reach."),
        "jobs": ("jobs", "app", "Long work: what waits, runs and is over."),
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
            module, name, _ = _COMMANDS[cmd_name]
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
                helps = sorted((name, does) for name, (_, _, does) in group.items())
                formatter.write_dl(helps, col_spacing=12 - max(map(len, group)))


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

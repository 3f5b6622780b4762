"""Help in groups: a command with thirty options lists them by what they are for, and gives two examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from reelscore.cli.choices import FILTER, OUTPUT, RANKING

# The names of a panel: "" is what has none, and is about the question itself.
_ORDER = ("", FILTER, RANKING, OUTPUT)

# Of commands whose options need no panels; "" is `reelscore --help` itself.
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "": (
        "reelscore ingest folder ~/Music",
        "reelscore recommend video holiday.mp4 --about 'beach, summer' --sync",
        "reelscore mix holiday.mp4 SONG --out holiday-with-music.mp4",
    ),
    "analyze": ("reelscore analyze audio song.flac --json", "reelscore analyze video holiday.mp4"),
    "export": (
        "reelscore export holiday.mp4 SONG --to otio --out holiday.otio",
        "reelscore export holiday.mp4 SONG --to zip --out holiday.zip --offset 12.4",
    ),
    "fit": (
        "reelscore fit SONG --length 30 --ending button",
        "reelscore fit SONG --video holiday.mp4 --hit-at 12.4",
    ),
    "ingest": (
        "reelscore ingest folder ~/Music",
        "reelscore ingest itunes --term 'film music' --limit 20",
    ),
    "live": ("reelscore live match.ts", "reelscore live rtsp://camera.local/stream"),
    "mix": (
        "reelscore mix holiday.mp4 SONG --out holiday-with-music.mp4",
        "reelscore mix holiday.mp4 SONG --lufs -23 --out sound.wav",
    ),
    "playlist": ("reelscore playlist --search techno --sort tempo --out techno.m3u8",),
    "sync": ("reelscore sync holiday.mp4", "reelscore sync holiday.mp4 SONG --tolerance 2 --hit 12.4"),
    "train": (
        "reelscore train FOLDER --out house",
        "reelscore train --from-library --out house",
    ),
}


class PanelCommand(TyperCommand):
    """A command whose help has its options in panels; an option names its own by `rich_help_panel`."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, and the options of each panel."""
        arguments: list[tuple[str, str]] = []
        panels: dict[str, list[tuple[str, str]]] = {name: [] for name in _ORDER}
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record is None:
                continue
            if each.param_type_name == "argument":
                arguments.append(record)
            else:
                name = getattr(each, "rich_help_panel", None) or (OUTPUT if each.name == "help" else "")
                panels.setdefault(name, []).append(record)
        for title, records in (("Arguments", arguments), *panels.items()):
            if records:
                with formatter.section(title or "Question"):
                    formatter.write_dl(records)


def examples(*lines: str) -> dict[str, Any]:
    """The settings of a command with panels and these examples, for `app.command(**examples(...))`."""
    return {"cls": PanelCommand, "epilog": epilog_of(*lines)}


def epilog_of(*lines: str) -> str | None:
    """What stands below the options of a command; None without examples."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) if lines else None


def output_option(help_text: str, *names: str, **more: Any) -> Any:
    """An option on how the answer is given."""
    return typer.Option(*names, help=help_text, rich_help_panel=OUTPUT, **more)


AsJson = Annotated[bool, output_option("Print one JSON document.", "--json")]

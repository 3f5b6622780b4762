"""Help in groups: a command with thirty options lists them by what they are for, and gives two examples."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from reelscore.cli.choices import FILTER, OUTPUT, RANKING

# The names of a panel: "" is what has none, and is about the question itself.
_ORDER = ("", FILTER, RANKING, OUTPUT)


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
    text = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
    return {"cls": PanelCommand, "epilog": text}


def output_option(help_text: str, *names: str, **more: Any) -> Any:
    """An option on how the answer is given."""
    return typer.Option(*names, help=help_text, rich_help_panel=OUTPUT, **more)


AsJson = Annotated[bool, output_option("Print one JSON document.", "--json")]

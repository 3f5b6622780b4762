"""Options that are taken as they were given are what Typer would make of them, and so are its refusals."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import typer

from reelscore.cli.given import GivenCommand

WORDS = [
    "a",
    "é",
    "-1",
    "0",
    "3",
    "007",
    "1.5",
    "-0.25",
    "1e3",
    "nan",
    " 4",
    "1_000",
    "",
    "ä b",
    "9999999999",
]


def outcome(cls: Any, *words: str) -> Any:
    app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    taken: dict[str, Any] = {}

    @app.command(cls=cls)
    def command(
        text: str = "as it is",
        names: list[str] = [],  # noqa: B006 - as commands declare it
        whole: Annotated[int, typer.Option(min=0, max=500)] = 10,
        share: float | None = None,
        wide: Annotated[float, typer.Option(min=-0.1)] = 0.5,
        yes: bool | None = None,
    ) -> None:
        taken.update(locals())

    taken.pop("taken", None)
    try:
        typer.main.get_command(app).main(list(words), standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - whatever it is, both are to raise it
        return type(error).__name__, str(error)
    return {name: (type(value), value) for name, value in taken.items() if name != "taken"}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("name", ["--text", "--names", "--whole", "--share", "--wide"])
def test_a_value_is_what_typer_makes_of_it(name: str, word: str) -> None:
    # repr, since "nan" is not itself
    assert repr(outcome(GivenCommand, name, word)) == repr(outcome(None, name, word))


def test_what_is_not_given_is_as_it_was_declared() -> None:
    assert outcome(GivenCommand) == outcome(None)
    assert outcome(GivenCommand, "--names", "a", "--names", "b", "--no-yes")["names"] == (list, ["a", "b"])

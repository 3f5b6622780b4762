"""Lines are styled as Rich styles them, and text from outside stays what it is."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from reelscore.cli.markup import escape, is_styled, render

TEXTS = [
    "plain",
    "[bold]",
    "a [dim]b[/dim] c",
    r"\[bold]",
    r"\\[red]x",
    "[film] [1] [Artist]",
    "[/",
    "x\\y",
    "[#1]",
]


def rich_text(text: str, *, terminal: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, force_terminal=terminal, highlight=False, soft_wrap=True).print(text)
    return out.getvalue().removesuffix("\n")


@pytest.mark.parametrize("text", TEXTS)
def test_text_from_outside_is_printed_as_it_is_by_both(text: str) -> None:
    assert render(escape(text), styled=False) == text
    assert render(f"[bold]{escape(text)}[/bold]", styled=True) == f"\x1b[1m{text}\x1b[0m"
    assert rich_text(escape(text)) == text


def test_a_styled_line_is_that_of_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    line = "1 [bold]a[/bold] [dim]b[/dim] [red]c[/red] [yellow]d[/yellow] [green]e[/green]"
    assert render(line, styled=True) == rich_text(line, terminal=True)
    assert render(line, styled=False) == "1 a b c d e"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_styles_are_for_terminals_that_know_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert is_styled(Terminal()) and not is_styled(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not is_styled(Terminal())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert is_styled(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not is_styled(io.StringIO())

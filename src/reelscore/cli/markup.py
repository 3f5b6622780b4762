"""Styles of printed lines: `[bold]`, `[dim]` and three colours, as Rich spells them.

Rich draws the progress bars; for lines it would take longer to import than an answer takes.
"""

from __future__ import annotations

import os
import re
from typing import TextIO

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33}  # of ECMA-48
# What Rich takes for a tag, with the backslashes in front of it.
_TAG = re.compile(r"(\\*)(\[[a-z#/@][^[]*?])")


def escape(text: str) -> str:
    """Text in which nothing is a tag, here and for Rich."""
    return _TAG.sub(lambda found: f"{found[1] * 2}\\{found[2]}", text)


def render(text: str, *, styled: bool) -> str:
    """Text with its tags as codes of the terminal, or without them; what is no tag of ours stays."""

    def one(found: re.Match[str]) -> str:
        slashes, tag = found.groups()
        name = tag[1:-1].removeprefix("/")
        if len(slashes) % 2 or name not in _CODES:
            return "\\" * (len(slashes) // 2) + tag
        code = 0 if tag[1] == "/" else _CODES[name]
        return "\\" * (len(slashes) // 2) + (f"\x1b[{code}m" if styled else "")

    return _TAG.sub(one, text)


def is_styled(stream: TextIO) -> bool:
    """Whether what is printed there is read on a terminal that knows styles."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM", "").lower() not in ("", "dumb", "unknown")

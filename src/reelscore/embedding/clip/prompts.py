"""The table of words that pictures are compared with: `prompts.txt`, whose head explains its format."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NOT_TOLD = "-"


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that a picture may show or feel like."""

    word: str
    prompts: tuple[str, ...]  # each in every template of its group
    music: str | None  # the phrase that it leads to; None: it is never said


@dataclass(frozen=True, slots=True)
class Table:
    """All words, in groups that are scored apart."""

    version: str  # stands for the whole content
    groups: dict[str, tuple[Word, ...]]  # "scene", "mood"


@cache
def load_table() -> Table:
    """The table of this release."""
    return parse_table((files("reelscore.embedding.clip") / "prompts.txt").read_text("utf-8"))


def parse_table(text: str) -> Table:
    """Read the format of `prompts.txt`; ValueError names the line that does not fit it."""
    groups: dict[str, tuple[Word, ...]] = {}
    name = ""
    templates: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            name, _, rest = line[1:].partition("]")
            templates = tuple(template.strip() for template in rest.split("|"))
            groups[name] = ()
            continue
        word, equals, rest = line.partition("=")
        prompts, arrow, music = rest.partition("->")
        if not (name and equals and arrow and music.strip() and "{}" in "".join(templates)):
            raise ValueError(f"line {number} is no 'word = prompt; prompt -> music' of a group: {line}")
        filled = tuple(
            template.replace("{}", prompt.strip()) for prompt in prompts.split(";") for template in templates
        )
        leads_to = None if music.strip() == _NOT_TOLD else music.strip()
        groups[name] = (*groups[name], Word(word.strip(), filled, leads_to))
    return Table(hashlib.sha256(text.encode()).hexdigest()[:8], groups)

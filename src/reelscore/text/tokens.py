"""A text as words and signs with their places, which the grammar of negation reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

_APOSTROPHES = "'’`´‘"
_QUOTES = re.compile(
    '"[^"]+"|“[^”]+”|„[^“”]+[“”]|«[^»]+»'
    # In single ones, only several words: an apostrophe looks the same.
    r"|(?<!\w)['‘](?=\w)[^'’‘\"]+ (?:[^'‘’\"]|(?<=\w)['’](?=\w))+['’](?!\w)"
)
_TOKEN = re.compile(
    rf"(?P<short>w/o(?:ut)?\b)|(?P<word>[^\W_]+(?:[{_APOSTROPHES}][^\W_]+)*)"
    r"|(?P<sign>(?<![\w)\]!])[-–−!](?=[^\W\d_]|[\"“]))|(?P<hyphen>(?<=\w)[-‐‑](?=\w))"
    r"|(?P<stop>[,;:!?()\[\]{}\n—]|\.(?=\s|$)|\.\.+|…|(?<=\s)[-–](?=\s)|(?<![^\W_])\+(?=\w))|(?P<and>&)",
    re.IGNORECASE,
)
MINUS = "-"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign: its place in the text, and how it is compared."""

    start: int
    end: int
    word: str  # without case and apostrophes; a sign as it is, a minus before a word as "-"
    joined: bool = False  # by a hyphen to the word before
    quoted: int = 0  # the number of the quotation that it stands in; 0: none

    @property
    def breaks(self) -> bool:
        """Whether a clause ends here."""
        return self.word in _BREAKS or (self.word == "but" and not self.quoted)


_BREAKS = frozenset(",;:!?()[]{}\n—.…+") | {" - ", "..", "..."}


def quotations(text: str) -> list[tuple[int, int]]:
    """Where quotations begin and end, with their marks."""
    return [match.span() for match in _QUOTES.finditer(text)]


def read_tokens(text: str) -> list[Token]:
    """The words and signs of a text, in order."""
    quoted = quotations(text)
    tokens: list[Token] = []
    hyphen = False
    for match in _TOKEN.finditer(text):
        kind, said = match.lastgroup, match.group()
        if kind == "hyphen":
            hyphen = True
            continue
        start, end = match.span()
        number = next((at for at, (low, high) in enumerate(quoted, 1) if low <= start < high), 0)
        word = said.casefold()
        if kind == "word":
            for apostrophe in _APOSTROPHES:
                word = word.replace(apostrophe, "")
        elif kind == "short":
            word = "without"
        elif kind == "sign":
            word = MINUS
        elif kind == "stop":
            if number and said not in "\n":
                continue  # "Hey!" in quotation marks ends nothing
            word = " - " if said in "-–" else "..." if said.startswith("..") else said
        tokens.append(Token(start, end, word, joined=hyphen and kind == "word", quoted=number))
        hyphen = False
    return tokens

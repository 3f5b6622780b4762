"""Names in a form that compares. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_FEATURING = re.compile(r"\s*[\(\[]?\b(feat|ft|featuring)\b\.?\s[^\)\]]*[\)\]]?")


def fold(text: str) -> str:
    """Text without case and accents: what all that compares texts begins with."""
    if text.isascii():
        return text.casefold()
    # Twice: a letter may become another by its case, and a capital by its parts ("ℌ").
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def plain(text: str) -> str:
    """Text without case, accents, apostrophes and doubled spaces."""
    return " ".join(fold(text).replace("’", "'").replace("'", "").split())


def fold_title(text: str) -> str:
    """Text without case, and without the accents of scripts in which they make no other letter.

    Titles are told apart by letters that `fold` takes for one: "が" is not "か".
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    kept: list[str] = []
    letter = ""
    for char in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()):
        if not unicodedata.combining(char):
            # What is no letter is left out where titles are compared; a mark then follows the letter before.
            letter = char if char.isalnum() else letter
        elif letter < "\u0700" and (letter, char) != ("и", "\u0306"):  # Latin to Arabic, less the Russian й
            continue
        kept.append(char)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).replace("’", "'").split())


def artist_key(artists: Sequence[str]) -> str:
    """The first artist in a form that compares: no case, accents, article or guests. Empty: not known."""
    if not artists:
        return ""
    return _artist_key(artists[0])


@lru_cache(maxsize=10_000)  # the same artists come again and again among the candidates of a question
def _artist_key(artist: str) -> str:
    name = _FEATURING.sub(" ", plain(artist))
    name = re.sub(r"^the\s+|,\s*the$", "", name)
    return re.sub(r"[^\w]+", " ", name.replace("&", " and ")).strip()

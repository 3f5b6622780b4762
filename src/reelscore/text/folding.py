"""Names in a form that compares. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_FEATURING = re.compile(r"\s*[\(\[]?\b(feat|ft|featuring)\b\.?\s[^\)\]]*[\)\]]?")


def plain(text: str) -> str:
    """Text without case, accents, apostrophes and doubled spaces."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.replace("’", "'").replace("'", "").split())


def artist_key(artists: Sequence[str]) -> str:
    """The first artist in a form that compares: no case, accents, article or guests. Empty: not known."""
    if not artists:
        return ""
    name = _FEATURING.sub(" ", plain(artists[0]))
    name = re.sub(r"^the\s+|,\s*the$", "", name)
    return re.sub(r"[^\w]+", " ", name.replace("&", " and ")).strip()

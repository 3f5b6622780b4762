"""Japanese by a table of words: no dictionary, the longest known word at each place. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_SIGNS = str.maketrans(
    {"、": ",", "。": ",", "，": ",", "！": ",", "「": '"', "」": '"', "『": '"', "』": '"'}
)
_WORD = re.compile(r"[^\W\d_]+")
_TURNS = "~"
# Endings of adjectives in い: what is said of them, before the English word.
_ENDINGS = {
    "い": "", "く": "", "くて": "", "き": "", "さ": "", "そう": "", "げ": "", "かった": "", "すぎる": "too ",
    "くない": "not ", "くなく": "not ", "くなくて": "not ", "すぎない": "not too ", "過ぎない": "not too ",
}  # fmt: skip


def is_japanese(text: str) -> bool:
    """Whether a text has kana, which no other language is written with."""
    return _KANA.search(unicodedata.normalize("NFKC", text)) is not None


def read_japanese(text: str, words: Mapping[str, tuple[str, bool]]) -> tuple[int, str, list[str]]:
    """How many words of content are known, the text in English, and the words that are not known.

    `words` are those that `forms` gives. A negating word follows what it turns, and is brought before it.
    """
    longest = max(map(len, words))
    plain = unicodedata.normalize("NFKC", text.translate(_SIGNS)).casefold()
    said: list[tuple[str, bool]] = []  # English, and whether it can be turned
    left: list[str] = []
    content, at = 0, 0
    unknown = ""
    while at < len(plain):
        found = next((plain[at : at + n] for n in range(longest, 0, -1) if plain[at : at + n] in words), None)
        if found is None or (found.isascii() and unknown.isascii() and unknown[-1:].isalnum()):
            unknown += plain[at]
            at += 1
            continue
        left += _WORD.findall(unknown)
        said += [(unknown, unknown.strip(' ,"') != "")] if unknown else []
        unknown = ""
        at += len(found)
        english, tells = words[found]
        if english.startswith(_TURNS):
            _turn(said, english.removeprefix(_TURNS))
        else:
            content += tells
            said.append((english, tells))
    left += _WORD.findall(unknown)
    said.append((unknown, False))
    return content, " ".join(filter(None, (" ".join(part.split()) for part, _ in said))), left


def _turn(said: list[tuple[str, bool]], negator: str) -> None:
    """Bring a negating word before what it turns: the last thing, and those that "and" joins to it."""
    first = len(said)
    while first and said[first - 1][1]:
        first -= 1
        if first >= 2 and said[first - 1][0] in ("and", "or") and said[first - 2][1]:
            first -= 1
            continue
        break
    if first < len(said):
        turned = " ".join(part for part, _ in said[first:])
        said[first:] = [(f", {negator} {turned},", False)]


def forms(table: Mapping[str, tuple[str, bool]]) -> dict[str, tuple[str, bool]]:
    """The table with the forms of its adjectives, and what turns marked in the English."""
    forms: dict[str, tuple[str, bool]] = {}
    for word, (said, tells) in table.items():
        if word.startswith(_TURNS):
            forms[word.removeprefix(_TURNS)] = (_TURNS + said, False)
            continue
        forms[word] = (said, tells)
        if tells and word.endswith("い") and len(word) > 1:
            for ending, before in _ENDINGS.items():
                form = word.removesuffix("い") + ending
                forms.setdefault(form, (f", {before}{said}," if before else said, tells))
    return forms

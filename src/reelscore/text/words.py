"""Words as they are compared: without case, accents, apostrophes and punctuation.

Scripts that put no spaces between words are compared by characters and pairs of characters. A name without
letters or digits ("!!!", "÷") is compared by its signs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from reelscore.text.folding import fold

# Goes up when words are cut or folded in another way, so that stored ones are written again.
WORDS_VERSION = 2
LONGEST_WORD = 64
_REMEMBERED = 10_000  # texts whose words are kept
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_APOSTROPHES = re.compile("['’`´‘]")
# "Ke$ha", "P!nk"
_DOLLAR, _EXCLAMATION = re.compile(r"(?<=\w)\$(?=\w)"), re.compile(r"(?<=\w)!(?=\w)")
# Signs that connect words, and names only if nothing else does.
_CONNECTING = re.compile(r"[&+\-–—−|/\\*•·~.,:;!?=<>#%@_]|\.\.+")
_AROUND = ',;:()[]{}"“”„«»‹›'
_VARIANT = re.compile("[\ufe0e\ufe0f\u200d]")  # how a picture is drawn


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared, in order."""
    return list(remembered_words(text))


# The same names come again and again among the candidates of a query, and cutting them is most of its cost.
@lru_cache(maxsize=_REMEMBERED)
def remembered_words(text: str) -> tuple[str, ...]:
    """The words of a text as a tuple, from a cache."""
    if _is_simple(text):
        return tuple(word[:LONGEST_WORD] for word in text.casefold().split())
    chunks = [chunk_words(chunk) for chunk in _plain(text).split()]
    kept = [word for words in chunks for word in words if not is_sign(word) or not is_connecting(word)]
    return tuple(kept) or _signs_alone(text)


def chunk_words(chunk: str) -> list[str]:
    """The words of a run of characters without spaces, or the signs that it is made of."""
    if _is_simple(chunk):
        return [chunk.casefold()[:LONGEST_WORD]]
    chunk = _plain(chunk)
    parts = _parts(chunk)
    if not parts:
        signs = _signs(chunk)
        return [signs[:LONGEST_WORD]] if signs else []
    if len(parts) > 1 and all(len(part) == 1 and part.isascii() for part in parts):
        parts = ["".join(parts)]  # R.E.M.
    return [word[:LONGEST_WORD] for part in parts for word in _units(part, single=False)]


def stored_words(texts: Iterable[str | None]) -> list[str]:
    """Every word under which texts can be found, sorted: also "acdc" for "AC/DC"."""
    return sorted(words_of_texts(texts))


def words_of_texts(texts: Iterable[str | None]) -> frozenset[str]:
    """The same, as a set."""
    return frozenset().union(*(words_to_store(text) for text in texts if text))


@lru_cache(maxsize=_REMEMBERED)
def words_to_store(text: str) -> frozenset[str]:
    """Every word under which one text can be found."""
    if _is_simple(text):
        return frozenset(word[:LONGEST_WORD] for word in text.casefold().split())
    found: set[str] = set()
    for chunk in _plain(text).split():
        parts = _parts(chunk)
        for part in (*parts, "".join(parts)):
            found.update(word[:LONGEST_WORD] for word in _units(part, single=True))
    return frozenset(found | {word for word in remembered_words(text) if is_sign(word)})


def _is_simple(text: str) -> bool:
    """Whether a text is unaccented letters, digits and spaces, as most names are: it is cut at the spaces."""
    return text.isascii() and text.replace(" ", "").isalnum()


def is_sign(word: str) -> bool:
    """Whether a word is made of signs alone."""
    return not any(map(str.isalnum, word))


def is_connecting(word: str) -> bool:
    """Whether a word of signs usually connects others: "&", "-"."""
    return _CONNECTING.fullmatch(word) is not None


def _signs(chunk: str) -> str:
    return _VARIANT.sub("", chunk.strip(_AROUND))


def _signs_alone(text: str) -> tuple[str, ...]:
    """The words of a text without letters; brackets count if there is nothing else: "( )"."""
    chunks = _plain(text).split()
    signs = tuple(found[:LONGEST_WORD] for chunk in chunks if (found := _signs(chunk)))
    return signs or tuple(word for word in ("".join(chunks)[:LONGEST_WORD],) if word)


def _plain(text: str) -> str:
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize(
            "NFC", fold(text.translate(_LETTERS))
        )  # Korean syllables are whole again
    return _EXCLAMATION.sub("i", _DOLLAR.sub("s", _APOSTROPHES.sub("", text)))


def _parts(chunk: str) -> list[str]:
    """Runs of letters and digits, with the vowel signs of scripts that write them apart."""
    if chunk.isalnum():
        return [chunk]
    spaced = "".join(
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in chunk
    )
    return [part for part in spaced.split() if not is_sign(part)]


def _units(part: str, *, single: bool) -> list[str]:
    """A word as it is; a run of a script without spaces as pairs of characters, and single ones if asked."""
    if part.isascii():
        return [part] if part else []
    units: list[str] = []
    run = ""
    for char in part + " ":
        unspaced = _is_unspaced(char)
        if run and (unspaced != _is_unspaced(run[0]) or char == " "):
            if not _is_unspaced(run[0]):
                units.append(run)
            else:
                units += [run[at : at + 2] for at in range(len(run) - 1)]
                units += list(run) if single or len(run) == 1 else []
            run = ""
        run += char.strip()
    return units


def _is_unspaced(char: str) -> bool:
    code = ord(char)
    return (
        0x0E00 <= code <= 0x0EFF  # Thai, Lao
        or 0x1000 <= code <= 0x109F  # Burmese
        or 0x1780 <= code <= 0x17FF  # Khmer
        or 0x3040 <= code <= 0x30FF  # kana
        or 0x3400 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7AF  # Korean
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2FA1F
    )

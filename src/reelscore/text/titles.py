"""Titles taken apart: what a song is called, and what marks one recording of it.

A decoration is a bracket or a tail behind a dash that says how this recording differs: "(Live at Y)", "- 2011
Remaster", "[Kay Remix]". It has to read as one from its first word to its last: with an unknown word or a
number in it, it stays part of the title, since to show two versions does less harm than to hide a song.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from reelscore.text.folding import fold_title

# Words that mark a recording as a version. The value tells whether the version may have another length.
MARKERS = {
    **dict.fromkeys(
        """remaster remastered remastering remasterizado remasterizada remasterise リマスター mono stereo
        album deluxe bonus explicit clean uncensored anniversary reissue rerelease audio lyric lyrics
        visualizer edition bside 8d""".split(),
        False,
    ),
    **dict.fromkeys(
        """live acoustic unplugged demo remix remixed rmx mix edit extended radio single instrumental
        karaoke acapella cappella session sessions rehearsal orchestral cover rerecorded recorded sped
        slowed nightcore outtake take stripped bootleg rework dub video playback acustico acustica
        acoustique akustik vivo directo concert capella instrumentale version
        ライブ ライヴ カラオケ 现场 現場 伴奏""".split(),
        True,
    ),
}
# Words that say more of a marker, and nothing alone: "single edit", "12 inch mix", "Spanish version".
_MORE = frozenset(
    """a an the and of in on at from for with en ao al dal original studio official full short long new
    alternate alternative track digital digitally re music clip hd hq 4k up down reverb reverbed
    expanded special limited dance club house vocal band string strings orchestra symphonic piano
    guitar organ solo duet spanish english french german italian portuguese japanese korean chinese
    mandarin russian espanol castellano inst ver performance recording lounge mtv bbc kexp tv 7 12
    inch first second third early late home versao vip film""".split()
)
_OPEN = frozenset("a an the and of in on at from for with en al dal".split())  # "(Live On)" says more
# What stands around these does not matter: where it was live, whose remix and whose version it is.
_FREE = re.compile(
    r"(?:recorded )?live (?:at|in|from|on|aus|auf|im|en|@) .+|en (?:vivo|directo|concert) (?:en|desde|a) .+"
    r"|ao vivo (?:em|no|na) .+|.+ (?:remix|rmx|mix|edit|bootleg|rework|dub)|remix(?:ed)? by .+|\w+'s version"
)
_WHEN = re.compile(
    r"\b(?:(?:19|20)\d\d|\d\d?(?:st|nd|rd|th)|\d\d?[/.-]\d\d?[/.-]\d\d(?:\d\d)?|(?<=take )\d+)\b"
)
# Part of what the song is, wherever it stands: parts of a work are different pieces.
_PART = re.compile(
    r"\b(?:parts?|pts?|vol|volume|no|nr|act|movement|mvt|chapter|episode|variation|var|op|opus|bwv|k|kv"
    r"|ii|iii|iv|v|vi|vii|viii|ix|xi|xii|[1-9]\d?(?!['\"”′]))\b"
)
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_DEEPEST = 3
_TAIL = re.compile(r"(.*\S) [-–—~|] (\S.*)")
_PIECES = re.compile(r" ?[,;•·] | [-–—/|] ")
_GUESTS = r"\b(?:feat|ft|featuring)\b\.? "
_GUESTS_IN_BRACKETS = re.compile(rf" ?[(\[] ?{_GUESTS}[^()\[\]]*[)\]]")
# Up to the next dash, bracket or "Pt. 2". Six ft. of something have no guest.
_GUESTS_BEHIND = re.compile(
    rf"(?<=\S)(?<!\d)(?<!\bsix) {_GUESTS}(?:(?! [-–—] |[(\[]|,? \b(?:part|pt)s?\b).)*"
)

_SHARP, _FLAT = re.compile(r"\b([a-h]) ?[#♯](?!\d)"), re.compile(r"\b([a-h])(?: ?♭|b(?= ?(?:major|minor)\b))")
_NUMBER_SIGN = re.compile(r"(?:[#№]|\bn[°º]) ?(?=\d)")
_NUMBERED = re.compile(r"\b(part|pt|vol|volume|chapter|act|movement)\b\W+(\w+)\b")
# Most titles are words in which nothing is read: neither signs nor any of these.
_PLAIN = re.compile(
    r"(?!.*\b(?:feat|ft|featuring|major|minor|part|pt|vol|volume|chapter|act|movement)\b)"
    r"[a-z0-9]+(?: [a-z0-9]+)*"
)
_NUMERALS = {name: str(at) for at, name in enumerate("i ii iii iv v vi vii viii ix x xi xii".split(), 1)}
_NUMERALS |= {
    name: str(at) for at, name in enumerate("one two three four five six seven eight nine ten".split(), 1)
}
_WRITTEN_OUT = {"pt": "part", "vol": "volume"}


@dataclass(frozen=True, slots=True)
class TitleParts:
    """A title taken apart: what the song is called, and what marks this recording of it."""

    base: str
    markers: frozenset[str]


@lru_cache(maxsize=10_000)
def split_title(title: str) -> TitleParts:
    """Take decorations off a title.

    "Symphony No. 5 (Live)" loses its bracket, "Suite (Part 2)" keeps it, and "Suite (Var. 2, live)" becomes
    "suite var 2". The base is in a form that compares: no case, accents or punctuation.
    """
    folded = fold_title(title)
    if _PLAIN.fullmatch(folded):
        return TitleParts(folded, frozenset())
    text = _GUESTS_BEHIND.sub("", _GUESTS_IN_BRACKETS.sub(" ", folded))
    markers: set[str] = set()
    for _ in range(_DEEPEST):
        text = _BRACKETS.sub(lambda match: f" {_undecorated(match[1].strip(), markers)} ", text)
    text = " ".join(text.split())
    while tail := _TAIL.fullmatch(text):
        left = _undecorated(tail[2], markers)
        if left:
            text = f"{tail[1]} {left}"
            break
        text = tail[1]
    base = _comparable(text)
    # A title that is nothing but decoration ("Live", "Remix") is the title of that song.
    # And one of signs ("÷ (Deluxe)") is those signs.
    return TitleParts(base or text or _comparable(folded), frozenset(markers))


def _undecorated(text: str, markers: set[str]) -> str:
    """The part of a bracket or a tail that belongs to the title; the rest adds its markers."""
    found = _read_decoration(text)
    if found:
        markers |= found
        return ""
    pieces = [(piece, _read_decoration(piece)) for piece in _PIECES.split(text)]
    markers.update(*(read for _, read in pieces))
    decorated = any(read for _, read in pieces)
    return " ".join(
        piece for piece, read in pieces if not read and not (decorated and _WHEN.fullmatch(piece))
    )


def _read_decoration(text: str) -> set[str]:
    """The markers in a decoration; none if it is not one."""
    text = " ".join(_WHEN.sub(" ", text).replace("re-rec", "rerec").replace("b-side", "bside").split()).strip(
        " ,/-"
    )
    if _PART.search(text):
        return set()
    words = re.findall(r"\w+", text)
    found = {word for word in words if word in MARKERS}
    if (
        not found
        or words[-1] in _OPEN
        or not (_FREE.fullmatch(text) or all(word in MARKERS or word in _MORE for word in words))
    ):
        return set()
    # "Mono version" is said by its first word: a version in mono is as long as the other.
    return found - {"version"} or found


def _comparable(text: str) -> str:
    """Folded text without punctuation, with numbers, keys and "&" written in one way."""
    text = _NUMBER_SIGN.sub("no ", text.replace("'", ""))
    text = _FLAT.sub(r"\1 flat ", _SHARP.sub(r"\1 sharp ", text))
    text = re.sub(r"[&+]", " and ", text)
    text = _NUMBERED.sub(
        lambda match: f"{_WRITTEN_OUT.get(match[1], match[1])} {_NUMERALS.get(match[2], match[2])}", text
    )
    # Vowels of some scripts are marks, and no letters to `\w`.
    return " ".join(
        "".join(
            char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in text
        ).split()
    )

"""Texts in other languages than English: which language a text reads as, and its words in English. Pure.

`other_languages.txt` has the commonest words of music in six languages. A text that reads as one of them is
put into English word by word; what reads words afterwards (the grammar of negation first of all) reads only
English. Other languages are recognised, so that an answer can say why it understood little.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from reelscore.text.folding import fold
from reelscore.text.inflection import STEMS, german_parts
from reelscore.text.japanese import forms, is_japanese, read_japanese
from reelscore.text.music_words import GENRES, HEADS, INSTRUMENTS, QUALITIES
from reelscore.text.stop_words import FRAME, NO_SOUND
from reelscore.text.tokens import Token, quotations

Words = tuple[str, ...]
_Piece = tuple[int, int, str]  # start, end, folded

JAPANESE = "Japanese"
LANGUAGES = ("German", "French", "Spanish", "Italian", "Portuguese", JAPANESE)
# What the table has for words that compare, and the plain words: nothing to compare with, "faster" is "fast".
COMPARED = {"faster": "fast", "slower": "slow", "calmer": "calm", "livelier": "lively"}
_ENGLISH = "also English"
_CONNECTING = frozenset(("words that connect", "negation", "degrees"))
# A word of content is evidence of a language; of words that connect, which names have too, it takes several.
_CONTENT, _CONNECTS = 1.0, 0.5
_ENOUGH_CONNECTING = 3 * _CONNECTS
_WORD = re.compile(r"[^\W\d_]+")
_JOINING = "-‐‑'’`´"
_LONGEST = 5  # words of an entry
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")

# Of these only the commonest words are known, the word for music first; it is enough.
_RECOGNISED = {
    "Dutch": "muziek zonder voor een het niet geen rustige vrolijke droevige snelle langzame zang gitaar",
    "Swedish": "musiken utan och för med inte lugn snabb långsam sorglig sång gitarr trummor något",
    "Danish or Norwegian": "musikk uden uten og til ikke rolig hurtig langsom trist sang trommer noget noe",
    "Polish": "muzyka bez dla nie jest spokojna wesoła smutna szybka wolna śpiewu gitara coś muzykę muzyki",
    "Czech": "hudba bez pro není klidná veselá smutná rychlá pomalá zpěvu kytara něco hudbu",
    "Turkish": "müzik olmadan için ve bir değil sakin hüzünlü neşeli hızlı yavaş gitar şarkı müziği",
    "Finnish": "musiikki ilman ja ei ole rauhallinen iloinen surullinen nopea hidas laulua kitara musiikkia",
    "Hungarian": "zene nélkül és egy nem nyugodt vidám szomorú gyors lassú ének gitár zenét",
    "Romanian": "muzică fără și pentru nu este liniștită veselă tristă rapidă lentă chitară voce",
    "Indonesian or Malay": "muzik tanpa dan untuk yang tidak tenang gembira sedih cepat lambat lagu gitar",
}
# Scripts by the name of a letter. Han without kana is Chinese, unless the Japanese table knows all of it.
_SCRIPTS = {
    "HANGUL": "Korean", "CJK": "Chinese", "GREEK": "Greek", "HEBREW": "Hebrew", "THAI": "Thai",
    "CYRILLIC": "a language in Cyrillic letters", "ARABIC": "a language in Arabic letters",
    "DEVANAGARI": "a language in Devanagari letters", "GEORGIAN": "Georgian", "ARMENIAN": "Armenian",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InEnglish:
    """A text of another language, in English as far as its words are known."""

    language: str  # "German", or "Spanish or Portuguese" if it may be either
    text: str
    left: frozenset[str]  # words that are not known, which stay as they are


@dataclass(frozen=True, slots=True)
class _Table:
    """The words of one language."""

    exact: Mapping[Words, tuple[str, bool]]  # folded words -> English, and whether it says something of music
    stemmed: Mapping[Words, tuple[str, bool]]  # of those that say something
    longest: Mapping[str, int]  # first word, or its stem -> words of the longest entry


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as read by one table."""

    language: str
    text: str
    content: float  # evidence of this language
    connecting: float
    shared: float  # words that English has too, with another meaning
    against: float  # words that are English and not of this language
    known: int  # pieces in the table
    left: Sequence[str]  # words that are not

    @property
    def evidence(self) -> float:
        return self.content + self.connecting + self.shared

    @property
    def reads(self) -> bool:
        """Whether the text reads as this language rather than as English."""
        enough = self.content >= _CONTENT or self.connecting >= _ENOUGH_CONNECTING
        enough = enough or (self.connecting > 0 and self.shared > 0)  # "jazz lent avec saxophone"
        return enough and self.evidence > self.against


@cache
def entries() -> Sequence[tuple[str, Words, str, bool]]:
    """All of the table: language, folded words, their English, and whether they say something of music."""
    rows: list[tuple[str, Words, str, bool]] = []
    for said, cells, tells in _table_lines()[0]:
        for language, cell in zip(LANGUAGES, cells, strict=True):
            for entry in filter(None, map(str.strip, cell.split(","))):
                rows.append((language, _key(entry, language), said, tells))
    return rows


@lru_cache(maxsize=256)  # one question reads its texts several times
def in_english(text: str) -> InEnglish | None:
    """A text of another language in English, or None if it reads as English, or as nothing known."""
    letters = _scripts(text)
    if JAPANESE in letters or "Chinese" in letters:
        content, said, left = read_japanese(text, _japanese())
        reads = is_japanese(text) and (content or not _english_words(text))
        if reads or (content and not left):
            return InEnglish(JAPANESE, said, frozenset(left))
    script = max(letters, key=lambda name: letters[name], default="")
    if script and script != JAPANESE and 2 * letters[script] > sum(map(str.isalpha, text)):
        return InEnglish(script, text, frozenset(_WORD.findall(text)))
    pieces = list(_pieces(text))
    if not letters and all(word in _english() or not any(map(str.isalnum, word)) for _, _, word in pieces):
        return None  # no word of it is evidence of another language
    read = [_read(text, pieces, language) for language in LANGUAGES if language != JAPANESE]
    best = max(read, key=lambda one: (one.evidence, one.known))
    if (other := _recognised(text)) is not None and other[1] > best.evidence:
        return InEnglish(other[0], text, frozenset(_WORD.findall(text)))
    if not best.reads:
        return None
    level = [one for one in read if (one.evidence, one.known) == (best.evidence, best.known)]
    return InEnglish(" or ".join(one.language for one in level), best.text, frozenset(best.left))


def connecting_in_english(text: str, tokens: Sequence[Token]) -> list[Token]:
    """The tokens of a text, with the words that connect and negate in English if it is in another language.

    Of "canciones tristes sin Queen", "sin" is "without". Words of content and of names stay as they are.
    """
    found = in_english(text)
    if found is None:
        return list(tokens)
    spoken = set(found.language.split(" or ")) - {JAPANESE}
    tables = [_table(language) for language in LANGUAGES if language in spoken]
    said: list[Token] = []
    at = 0
    while at < len(tokens):
        words = [fold(token.word) for token in tokens[at : at + _LONGEST] if not token.quoted]
        keys = [(tuple(words[:length]), table) for length in range(len(words), 0, -1) for table in tables]
        key, english = next(
            ((key, each[0]) for key, table in keys if (each := table.exact.get(key)) and not each[1]),
            ((), ""),
        )
        if not english:
            said.append(tokens[at])
            at += 1
            continue
        first, last = tokens[at], tokens[at + len(key) - 1]
        for number, word in enumerate(english.split()):
            said.append(replace(first, start=last.end if number else first.start, end=last.end, word=word))
        at += len(key)
    return said


def _read(text: str, pieces: Sequence[_Piece], language: str) -> _Read:
    """Read a text by the table of a language; quotations stay as they are."""
    table = _table(language)
    said: list[str] = []
    left: list[str] = []
    content = connecting = shared = against = 0.0
    at = known = 0
    upto = 0  # the end of the last piece, if it stayed as it is
    while at < len(pieces):
        start, end, word = pieces[at]
        found = _look_up(table, language, [piece[2] for piece in pieces[at : at + _LONGEST]])
        if found is None:
            against += word in _english_frame()
            left += _WORD.findall(text[start:end])
            if upto and said and start == upto:  # "lo-fi", "(live)"
                said[-1] += text[start:end]
            else:
                said.append(text[start:end])
            upto = end
            at += 1
            continue
        length, english, tells = found
        words = [piece[2] for piece in pieces[at : at + length]]
        known += 1
        if any(word not in _english() for word in words):
            content += _CONTENT if tells else 0.0
            connecting += 0.0 if tells else _CONNECTS
        elif tells and english != " ".join(words):
            shared += _CONNECTS
        if upto == start and said and said[-1].endswith(("-", "–")):  # a minus before what is not wanted
            said[-1] += english
        elif english:
            said.append(english)
        upto = 0
        at += length
    return _Read(language, " ".join(said), content, connecting, shared, against, known, left)


def _look_up(table: _Table, language: str, words: Sequence[str]) -> tuple[int, str, bool] | None:
    """The longest entry at the first of some words: how many words it has, its English, whether it tells."""
    stem = _stem(language)
    word = words[0]
    longest = max(table.longest.get(word, 0), table.longest.get(stem(word), 0))
    for length in range(min(longest, len(words)), 0, -1):
        key = tuple(words[:length])
        found = table.exact.get(key) or _inflected(table, key, stem)
        if found is not None:
            return length, *found
    if language == "German":
        plain = re.sub("(?<=[aou])e", "", word)  # froehlich
        found = table.exact.get((plain,)) or _inflected(table, (plain,), stem)
        if found is not None:
            return 1, *found
        parts = german_parts(word, lambda part: _one(table, part))
        if parts is not None and word not in _english():
            return 1, parts, True
    return None


def _inflected(table: _Table, key: Words, stem: Callable[[str], str]) -> tuple[str, bool] | None:
    """The entry of which some words are a form. A stem alone is none: "dust" is no form of "düster"."""
    stems = tuple(map(stem, key))
    return (table.stemmed.get(stems) or table.exact.get(stems)) if stems != key else None


def _one(table: _Table, word: str) -> str | None:
    found = table.exact.get((word,)) or _inflected(table, (word,), _stem("German"))
    if found is None:
        return word if word in INSTRUMENTS or word in GENRES else None
    return found[0] if found[1] else None


def _pieces(text: str) -> Iterator[_Piece]:
    """Words, numbers and signs of a text: start, end and folded form; a quotation is one piece."""
    marks = quotations(text)
    at = 0
    for low, high in [*marks, (len(text), len(text))]:
        for match in _PIECE.finditer(text, at, low):
            if not _joins(text, match):  # l'été is two words
                yield (*match.span(), fold(match.group()))
        if low < high:
            yield low, high, text[low:high]
        at = high


def _joins(text: str, sign: re.Match[str]) -> bool:
    """Whether a sign stands within a word; a minus before one is something else."""
    around = text[sign.start() - 1 : sign.start()] + text[sign.end() : sign.end() + 1]
    return sign.group() in _JOINING and len(around) == 2 and around.isalnum()


def _recognised(text: str) -> tuple[str, float] | None:
    """Of the languages of which few words are known the likeliest, if it is likely, with its evidence."""
    words = {fold(match.group()) for match in _PIECE.finditer(text)} - _english()
    against = sum(word in _english_frame() for word in map(fold, text.split()))
    best, evidence = "", 1
    for name, (music, common) in _recognised_words().items():
        count = 2 * (music in words) + len(words & common)
        if count > evidence:
            best, evidence = name, count
    return (best, float(evidence)) if best and evidence > against else None


@cache
def _recognised_words() -> dict[str, tuple[str, frozenset[str]]]:
    split = {name: [fold(word) for word in words.split()] for name, words in _RECOGNISED.items()}
    return {name: (words[0], frozenset(words[1:])) for name, words in split.items()}


def _scripts(text: str) -> dict[str, int]:
    """The scripts of a text but the Latin one: language -> letters."""
    found: dict[str, int] = {}
    for char in text:
        if char.isascii() or not char.isalpha():
            continue
        script = unicodedata.name(char, "").split(" ", 1)[0]
        language = JAPANESE if script in ("HIRAGANA", "KATAKANA") else _SCRIPTS.get(script)
        if language is not None:
            found[language] = found.get(language, 0) + 1
    return found


def _english_words(text: str) -> bool:
    return any(word in _english_frame() for word in re.findall(r"[a-z]+", text.casefold()))


@cache
def _english_frame() -> frozenset[str]:
    """English words that do not travel: the frame of requests, and what music is like."""
    return (FRAME | NO_SOUND | QUALITIES | {"and", "no", "not", "without", "very"}) - {"la", "un"}


@cache
def _english() -> frozenset[str]:
    """Words of the tables that are English too, and no evidence of another language."""
    return _english_frame() | INSTRUMENTS | GENRES | HEADS | _table_lines()[1]


@cache
def _table(language: str) -> _Table:
    exact: dict[Words, tuple[str, bool]] = {}
    stemmed: dict[Words, tuple[str, bool]] = {}
    for name, words, said, tells in entries():
        if name != language:
            continue
        exact.setdefault(words, (said, tells))
        if tells and name in STEMS and said not in COMPARED:  # "ruhige" is no form of "ruhiger"
            stemmed.setdefault(tuple(map(STEMS[name], words)), (said, tells))
    longest: dict[str, int] = {}
    for words in (*exact, *stemmed):
        longest[words[0]] = max(len(words), longest.get(words[0], 0))
    return _Table(exact, stemmed, longest)


@cache
def _japanese() -> Mapping[str, tuple[str, bool]]:
    return forms({key[0]: said for key, said in _table(JAPANESE).exact.items()})


@cache
def _stem(language: str) -> Callable[[str], str]:
    """The rules of a language, which remember the words that they have seen."""
    return lru_cache(maxsize=4096)(STEMS[language])


@cache
def _table_lines() -> tuple[Sequence[tuple[str, Sequence[str], bool]], frozenset[str]]:
    """The lines (English, cells of the languages, whether it tells), and the words that are English too."""
    lines: list[tuple[str, Sequence[str], bool]] = []
    english: set[str] = set()
    section = ""
    for line in (files("reelscore.text") / "other_languages.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section == _ENGLISH:
            english.update(line.split())
        elif line.strip() and not line.startswith("#"):
            said, *cells = (cell.strip() for cell in line.split("|"))
            said = said.strip("-")
            english.update(said.split())
            lines.append((said, cells, section not in _CONNECTING))
    return lines, frozenset(english)


def _key(entry: str, language: str) -> Words:
    if language == JAPANESE:
        return (unicodedata.normalize("NFKC", entry).casefold(),)
    return tuple(word for _, _, word in _pieces(entry) if word.isalnum())

"""What a question says in words: what was made of them, and their English if they are in another language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.query.form import UNSET, Query
from reelscore.query.guide import read_guidance
from reelscore.records import MusicQuery, WordsRead
from reelscore.text.languages import COMPARED, in_english
from reelscore.text.words import words_of

_WORD = re.compile(r"[^\W\d_]+")
_COMPARED = re.compile("|".join(COMPARED))
_NOT_LATIN = "\u0250"  # the first letter behind the Latin ones
_STEPS = {"tempo_steps": ("slower", "faster"), "energy_steps": ("calmer", "livelier")}


@dataclass(frozen=True, slots=True)
class Heard:
    """What of a phrase says how music sounds."""

    text: str
    left_out: tuple[str, ...] = ()  # words of another language that are not known


@dataclass(frozen=True, slots=True)
class Spoken:
    """A question as it was put: guide and words on a film in English, which all that reads them knows.

    The sentence and the phrases stay as they are, since they may name songs.
    """

    query: Query
    languages: tuple[str, ...] = ()  # other than English
    left: frozenset[str] = frozenset()  # words of guide and film that stay as they are

    def heard(self, lite: LiteEmbedder, phrase: str, rest: str) -> Heard:
        """What of a phrase says how music sounds, in English; `rest` is the phrase without names.

        A foreign word that is not known is left out, unless it is one of the lexicon too: it would be read by
        the English ones that look like it.
        """
        read = in_english(rest) if in_english(phrase) else None
        english, left = (_COMPARED.sub(_plainly, read.text), read.left) if read else (rest, self.left)
        if not left:
            return Heard(english)
        strange = {word for word in left if not all(char < _NOT_LATIN for char in word)}
        strange |= left.intersection(lite.unknown_words(_without(english, strange)))
        said = [word for word in _WORD.findall(english) if word in strange]
        return Heard(_without(english, strange), tuple(dict.fromkeys(said)))


def spoken(query: Query) -> Spoken:
    """Read in which languages a question is, and put into English what names no songs."""
    phrases = () if query.phrases is UNSET else query.phrases
    said = (query.text, query.guide, query.about, *(phrase.text for phrase in phrases))
    read = {text: found for text in said if text and (found := in_english(text))}
    if not read:
        return Spoken(query)
    guide, about = (read.get(text or "") for text in (query.guide, query.about))
    put = replace(
        query, guide=guide.text if guide else query.guide, about=about.text if about else query.about
    )
    left = frozenset().union(*(found.left for found in (guide, about) if found))
    return Spoken(put, tuple(dict.fromkeys(found.language for found in read.values())), left)


def words_read(
    lite: LiteEmbedder,
    question: Spoken,
    music: MusicQuery,
    phrases: Sequence[Heard],
    avoid: Sequence[Heard],
    *,
    seen: Sequence[str],
    named: Collection[str],
    reads_all: bool,
) -> WordsRead:
    """What was made of the words that somebody typed; those that names have were not left out.

    Parameters
    ----------
    phrases, avoid
        What was typed, as it was heard.
    seen
        Words on a film that its own table knows.
    named
        Words by which names of the library are looked up.
    reads_all
        Whether the model of the space reads every word (CLAP), so that none is left out but guessed.
    """
    read = [lite.read_words(phrase.text) for phrase in phrases]
    turned = [lite.read_words(phrase.text) for phrase in avoid]
    guide = question.query.guide
    understood = [
        *seen,
        *(word for one in read for word in one.understood),
        *(f"not {word}" for one in turned for word in one.understood),
        *(_compared(guide, music) if guide else ()),
    ]
    guessed = [word for one in read for word in one.guessed]
    guessed += [f"not {word}" for one in turned for word in one.guessed]
    not_known = [word for one in (*read, *turned) for word in one.unknown]
    left_out = [word for phrase in (*phrases, *avoid) for word in phrase.left_out]
    left_out = [word for word in left_out if not _is_named(word, named)]
    (guessed if reads_all else left_out).extend(word for word in not_known if word not in named)
    found = WordsRead(
        tuple(dict.fromkeys(understood)),
        tuple(dict.fromkeys(guessed)),
        tuple(dict.fromkeys(left_out)),
        tuple(dict.fromkeys(words for one in read for words in one.described)),
    )
    says = found.understood or found.guessed or found.unknown
    return replace(found, language=", ".join(question.languages) or None) if says else found


def _compared(guide: str, music: MusicQuery) -> Iterator[str]:
    """What a guide says by comparing: "slower"."""
    said = read_guidance(
        guide, tempo_known=music.tempo_bpm is not None, energy_known=music.energy is not None
    )
    for name, (less, more) in _STEPS.items():
        steps = getattr(said, name)
        if steps:
            yield less if steps < 0 else more


def _is_named(word: str, named: Collection[str]) -> bool:
    words = words_of(word)
    return bool(words) and all(one in named for one in words)


def _plainly(found: re.Match[str]) -> str:
    return COMPARED[found.group()]


def _without(text: str, words: Collection[str]) -> str:
    return _WORD.sub(lambda found: "" if found.group() in words else found.group(), text)

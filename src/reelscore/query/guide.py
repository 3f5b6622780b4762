"""Guided queries: a video with a sentence ("but with piano, and no drums"), and what to avoid.

Everything ends as weighted phrases of a `MusicQuery`, so that each share can be shown and changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reelscore.filters.terms import VOCALS
from reelscore.query.build import query_from_text
from reelscore.records import MusicQuery, Phrase, VideoAnalysis
from reelscore.text.negation import read_negations
from reelscore.text.stop_words import CONNECTING

# Share of a guiding sentence beside what the video asks for: heard clearly, without drowning the video.
GUIDE_SHARE = 0.4
# What a song can lose by being the very thing to avoid, of a score of at most 1: by the user's word, since
# somebody speaks in the video, and by the advice of an analyser.
AVOID_BY_USER, AVOID_VOCALS, AVOID_BY_ADVICE = 0.5, 0.4, 0.2

# From this likeness on, the sound of a video counts as speech; the local analyser's own limit.
_SPEECH = 0.35

_TEMPO_STEP = 1.2  # what "faster" means
_ENERGY_STEP = 0.2  # what "calmer" means
_TOO = r"(?:not|never|nothing|isn't|aren't|(?:do|should)n't (?:be|get)|don't make it) (?:so|too|that|as)"
_CALM, _WILD = r"(?:calm|quiet|soft)", r"(?:loud|wild|aggressive|energ\w+|intens\w+)"
# Words that shift a wish: pattern, steps of tempo, steps of energy, and what to search for without a wish.
_SHIFTS: tuple[tuple[str, int, int, str], ...] = (
    (rf"{_TOO} (?:fast|quick)|less (?:fast|quick)|slower|more slowly", -1, 0, "slow"),
    (rf"{_TOO} slow|less slow|faster|quicker|more quickly", 1, 0, "fast"),
    (rf"{_TOO} {_WILD}|less {_WILD}|calmer|quieter|softer|gentler|more relaxed", 0, -1, "calm"),
    (rf"{_TOO} {_CALM}|less {_CALM}|livelier|louder|wilder|more (?:lively|{_WILD})", 0, 1, "energetic"),
)
_CLAUSE = re.compile(r"(?:[,;:!?()\[\]]|(?<!\bno)\.)+(?=\s|$)|[(\[]|\bbut\b")


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a guiding sentence says."""

    wanted: tuple[str, ...] = ()
    avoided: tuple[str, ...] = ()
    tempo_steps: int = 0
    energy_steps: int = 0


def read_guidance(sentence: str, *, tempo_known: bool = True, energy_known: bool = True) -> Guidance:
    """Take a sentence apart into what is wanted, what is not, and comparisons such as "faster".

    Parameters
    ----------
    sentence
        "but with piano and without drums, a bit slower".
    tempo_known, energy_known
        Whether there is something to compare with; if not, "faster" means "fast".

    Raises
    ------
    InvalidInputError
        There is no word in it, or it is too long to be a query.
    """
    text = query_from_text(sentence).phrases[0].text.casefold().replace("’", "'")
    wanted, avoided = [], []
    steps = [0, 0]
    for pattern, tempo, energy, plainly in _SHIFTS:
        text, count = re.subn(rf"\b(?:a (?:bit|little) |much )?(?:{pattern})\b", ",", text)
        if count and (tempo_known if tempo else energy_known):
            steps[0] += tempo
            steps[1] += energy
        elif count:
            wanted.append(plainly)
    for span in read_negations(text):
        if span.negated:
            avoided.append(span.text)
        else:
            wanted.extend(_CLAUSE.split(span.text))
    return Guidance(_phrases(wanted), _phrases(avoided), *steps)


def guide(query: MusicQuery, sentence: str, *, share: float = GUIDE_SHARE) -> MusicQuery:
    """Let a sentence guide a query.

    What the sentence wants gets `share` of the weight of all phrases, what it does not want is avoided,
    and what it compares shifts the wished tempo and energy. If it contradicts the query, the sentence
    wins: a phrase that names what is to be avoided goes (unless it is the only one), and what is wanted
    is avoided no more.

    Raises
    ------
    InvalidInputError
        There is no word in the sentence, or it is too long to be a query.
    """
    said = read_guidance(
        sentence, tempo_known=query.tempo_bpm is not None, energy_known=query.energy is not None
    )
    kept = [phrase for phrase in query.phrases if not _names_any(phrase.text, said.avoided)]
    kept = kept or list(query.phrases)
    if said.wanted and kept:
        total = sum(phrase.weight for phrase in kept) or 1.0
        kept = [Phrase(phrase.text, phrase.weight / total * (1.0 - share)) for phrase in kept]
    added = [Phrase(text, share / len(said.wanted)) for text in said.wanted]
    avoid = [phrase for phrase in query.avoid if not _names_any(" ".join(said.wanted), (phrase.text,))]
    avoid = [phrase for phrase in avoid if phrase.text not in said.avoided]
    avoid += [Phrase(text, AVOID_BY_USER) for text in said.avoided]
    tempo = query.tempo_bpm
    if tempo is not None and said.tempo_steps:
        factor = _TEMPO_STEP**said.tempo_steps
        tempo = (tempo[0] * factor, tempo[1] * factor)
    energy = query.energy
    if energy is not None:
        energy = min(1.0, max(0.0, energy + _ENERGY_STEP * said.energy_steps))
    return replace(query, phrases=(*kept, *added), tempo_bpm=tempo, energy=energy, avoid=tuple(avoid))


def avoid_by_analysis(query: MusicQuery, analysis: VideoAnalysis) -> MusicQuery:
    """Add what the analysis of a video says to avoid: singing under speech, and its own advice.

    The analyser's word on vocals counts; if it has none, the measured likeness of the sound to
    speech does.
    """
    avoid = {phrase.text.casefold(): phrase for phrase in query.avoid}
    if speech_needs_room(analysis):
        avoid.setdefault(VOCALS, Phrase(VOCALS, AVOID_VOCALS))
    advice = analysis.extra.get("avoid")
    for text in advice if isinstance(advice, list | tuple) else ():
        if isinstance(text, str) and text.strip():
            avoid.setdefault(text.casefold(), Phrase(text, AVOID_BY_ADVICE))
    return replace(query, avoid=tuple(avoid.values()))


def length_of(analysis: VideoAnalysis) -> float | None:
    """How long a video is, as measured or by its sections; None if neither is known."""
    if analysis.measurements is not None:
        return analysis.measurements.duration
    return analysis.sections[-1].end if analysis.sections else None


def why_avoided(query: MusicQuery, analysis: VideoAnalysis) -> str | None:
    """Why songs with vocals lose by the speech in a video; None if they do not."""
    avoided = any(phrase.text == VOCALS for phrase in query.avoid)
    if not avoided or not speech_needs_room(analysis):
        return None
    return "someone seems to speak in the film, so songs with vocals come later"


def _phrases(texts: Sequence[str]) -> tuple[str, ...]:
    """Each text without what only connects it; empty and repeated ones are left out."""
    found: dict[str, None] = {}
    for text in texts:
        words = [word.lstrip("+") for word in text.split()]
        while words and _connects(words[0]):
            words.pop(0)
        while words and _connects(words[-1]):
            words.pop()
        if words:
            found[" ".join(words)] = None
    return tuple(found)


def _connects(word: str) -> bool:
    """Whether a word at the end of a text says nothing of the music."""
    plain = word.strip("'\"“”+-–")
    return plain in CONNECTING or not any(map(str.isalnum, plain))


def _names_any(text: str, names: Sequence[str]) -> bool:
    """Whether one of the names stands in a text, as whole words; a plural s makes no difference."""
    for name in names:
        stem = re.escape(name.casefold().removesuffix("s"))
        if re.search(rf"\b{stem}s?\b", text.casefold()):
            return True
    return False


def speech_needs_room(analysis: VideoAnalysis) -> bool:
    """Whether somebody speaks in a video, so that nobody should sing over it."""
    said = analysis.extra.get("vocals")
    if said in ("none", "either", "wanted"):
        return bool(said == "none")
    if isinstance(heard := analysis.extra.get("speech"), bool):
        return heard
    measured = analysis.measurements
    return measured is not None and (measured.speech or 0.0) >= _SPEECH

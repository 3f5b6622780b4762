"""Who decides the music of a film: who sees it leads, and what is measured says the rest. Pure.

A person's words and a model that looks at the pictures know what is going on; measurements know how fast it
is cut, where it gets louder and whether somebody speaks. Beside somebody who sees, measured phrases would
hold back what is seen, so they speak for style only if nobody does (docs/evaluation.md has the figures).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reelscore.query.build import query_from_analysis
from reelscore.query.film_music import FilmMusic, music_for
from reelscore.query.guide import AVOID_BY_ADVICE, AVOID_BY_USER, avoid_by_analysis
from reelscore.records import MusicQuery, Phrase, VideoAnalysis

MEASURED, PERSON = "the measurements", "your words"
# The analyser that only measures, unless a model of pictures lends it words.
_MEASURING = "local"


@dataclass(frozen=True, slots=True)
class Shares:
    """What a source that leads leaves to what was measured."""

    style: float  # of the phrases of the measurements, as a factor of their weights
    pace: float  # how far the wanted tempo and energy go from its own to the measured ones, 0..1
    tempo_weight: float  # of the wished tempo and energy in the score
    energy_weight: float


# BY_PERSON and BY_MODEL were chosen on one half of the films (docs/evaluation.md); BY_PICTURE_WORDS was not
# measured.
BY_PERSON = Shares(style=0.0, pace=0.5, tempo_weight=0.05, energy_weight=0.1)
BY_MODEL = Shares(style=0.0, pace=0.0, tempo_weight=0.05, energy_weight=0.05)
BY_PICTURE_WORDS = Shares(style=0.25, pace=1.0, tempo_weight=0.05, energy_weight=0.05)
# Beside a person's words, what a model says has this share of all phrases.
_MODEL_SHARE = 0.3


def query_of(analysis: VideoAnalysis | None, about: str | None = None) -> MusicQuery:
    """What a film asks for, and what it wants to be avoided.

    Parameters
    ----------
    analysis
        What was measured and seen in it; None if there is only what somebody says of it.
    about
        What a person says is to be seen: "wedding, seaside, evening".
    """
    music = MusicQuery(())
    if analysis is not None:
        music = avoid_by_analysis(query_from_analysis(analysis), analysis)
    seers = who_saw(analysis)
    film = music_for(about) if about else FilmMusic()
    if film.phrases or film.rest:
        return _led_by_person(music, film, seers[0] if seers else None, _seen(analysis, music.phrases))
    music = replace(music, avoid=(*music.avoid, *_avoided(film)))
    if not seers:
        return replace(music, decided=_decided(MEASURED, MEASURED)) if analysis is not None else music
    shares = BY_PICTURE_WORDS if _measures(analysis) else BY_MODEL
    phrases = _weighted(music.phrases, _seen(analysis, music.phrases), shares.style)
    pace = MEASURED if shares.pace == 1.0 else seers[0]
    return _wishing(replace(music, phrases=phrases, decided=_decided(seers[0], pace)), shares)


def who_saw(analysis: VideoAnalysis | None) -> tuple[str, ...]:
    """The model that knows what the film shows; empty if it was only measured."""
    if analysis is None:
        return ()
    if not _measures(analysis):
        return (analysis.analyzer,)
    return (str(analysis.extra["showing"].get("model")),) if _picture_words(analysis) else ()


def edited(decided: Mapping[str, str], edits: Iterable[str], guide: str | None) -> dict[str, str]:
    """Who decides after somebody changed what is searched for, by hand or by a sentence."""
    parts = {"phrases": ("style", "mood"), "tempo_bpm": ("tempo",), "energy": ("energy",)}
    by_hand = {part: "your edit" for edit in edits for part in parts.get(edit, ()) if part in decided}
    found = {**decided, **by_hand}
    if guide:
        found |= {part: f"{who}, and your guide" for part, who in found.items() if part != "passage"}
    return found


def _led_by_person(
    music: MusicQuery, film: FilmMusic, model: str | None, seen: Sequence[Phrase]
) -> MusicQuery:
    """The person's words first, then what a model says, and of the measurements the pace."""
    # Beside what the table knows, the longer a part in which it knows nothing, the less of it is about music.
    rest = (Phrase(text, round(1.0 / len(text.split()), 3) if film.phrases else 1.0) for text in film.rest)
    own = (*film.phrases, *rest)
    beside = _sharing(seen, _total(own), _MODEL_SHARE)
    measured = _weighted(music.phrases, (), BY_PERSON.style)
    tempo = _between_tempi(film.tempo_bpm, music.tempo_bpm, BY_PERSON.pace)
    energy = _between(film.energy, music.energy, BY_PERSON.pace)
    known = music.tempo_bpm is not None or music.energy is not None
    said = f"{PERSON} and {MEASURED}" if known else PERSON
    pace = MEASURED if film.tempo_bpm is None and film.energy is None else said
    style = f"{PERSON}, beside them {model}" if beside else PERSON
    music = replace(
        music,
        phrases=_merged((*own, *beside, *measured)),
        tempo_bpm=tempo,
        energy=energy,
        avoid=_merged((*music.avoid, *_avoided(film))),
        decided=_decided(style, pace if known or film.tempo_bpm else style, passage=known),
    )
    return _wishing(music, BY_PERSON)


def _decided(style: str, pace: str, *, passage: bool = True) -> dict[str, str]:
    by = {"style": style, "mood": style, "tempo": pace, "energy": pace}
    return by | {"passage": MEASURED} if passage else by


def _wishing(music: MusicQuery, shares: Shares) -> MusicQuery:
    return replace(music, tempo_weight=shares.tempo_weight, energy_weight=shares.energy_weight)


def _measures(analysis: VideoAnalysis | None) -> bool:
    return analysis is not None and analysis.analyzer == _MEASURING


def _picture_words(analysis: VideoAnalysis) -> list[Mapping[str, object]]:
    """What a model of pictures saw in a film that is otherwise measured: word, score and music of each."""
    showing = analysis.extra.get("showing")
    groups = [showing.get(name) for name in ("scene", "mood")] if isinstance(showing, Mapping) else []
    return [seen for group in groups if isinstance(group, Sequence) for seen in group]


def _seen(analysis: VideoAnalysis | None, phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """Those of the phrases that come from what was seen."""
    if analysis is None:
        return ()
    if not _measures(analysis):
        return tuple(phrases)
    music = {word.get("music") for word in _picture_words(analysis)}
    return tuple(phrase for phrase in phrases if phrase.text in music)


def _weighted(phrases: Iterable[Phrase], seen: Sequence[Phrase], share: float) -> tuple[Phrase, ...]:
    """The phrases with what was not seen at a share of its weight; without it if the share is 0."""
    found = [phrase if phrase in seen else Phrase(phrase.text, phrase.weight * share) for phrase in phrases]
    return tuple(phrase for phrase in found if phrase.weight > 0)


def _sharing(phrases: Sequence[Phrase], total: float, share: float) -> tuple[Phrase, ...]:
    """Phrases with weights that make them a share of all, beside others of the weight `total`."""
    own = _total(phrases)
    factor = total * share / (1.0 - share) / own if own > 0 else 0.0
    return tuple(Phrase(phrase.text, round(phrase.weight * factor, 3)) for phrase in phrases)


def _total(phrases: Iterable[Phrase]) -> float:
    return sum(phrase.weight for phrase in phrases)


def _merged(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """Each text once, with its largest weight."""
    weights: dict[str, float] = {}
    for phrase in phrases:
        weights[phrase.text] = max(phrase.weight, weights.get(phrase.text, 0.0))
    return tuple(Phrase(text, weight) for text, weight in weights.items() if weight > 0)


def _avoided(film: FilmMusic) -> tuple[Phrase, ...]:
    return (
        *(Phrase(text, AVOID_BY_USER) for text in film.unwanted),
        *(Phrase(text, AVOID_BY_ADVICE) for text in film.avoid),
    )


def _between(own: float | None, other: float | None, share: float) -> float | None:
    if own is None or other is None:
        return other if own is None else own
    return own + share * (other - own)


def _between_tempi(
    own: tuple[float, float] | None, other: tuple[float, float] | None, share: float
) -> tuple[float, float] | None:
    """A range between two, by ratios."""
    if own is None or other is None:
        return other if own is None else own
    low, high = (
        math.exp(math.log(one) + share * (math.log(two) - math.log(one)))
        for one, two in zip(own, other, strict=True)
    )
    return round(low, 1), round(high, 1)

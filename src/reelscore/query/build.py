"""Build a search from what was asked: a sentence, or the analysis of a video."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from reelscore.errors import InvalidInputError
from reelscore.records import MusicQuery, Phrase, VideoAnalysis

MAX_QUERY_CHARACTERS = 2000
# What a wanted tempo can be, in beats a minute; far more than music has.
_SLOWEST_BPM, _FASTEST_BPM = 10.0, 500.0
_MOST_WEIGHT = 1000.0


def query_from_text(text: str) -> MusicQuery:
    """A sentence is one phrase.

    Raises
    ------
    InvalidInputError
        There is no word in it, or it is too long to be a query.
    """
    words = " ".join(text.split())
    if not words:
        raise InvalidInputError("the query is empty; type a few words, such as 'calm acoustic guitar'")
    if len(words) > MAX_QUERY_CHARACTERS:
        raise InvalidInputError(
            f"the query has {len(words)} characters; at most {MAX_QUERY_CHARACTERS} make sense"
        )
    return MusicQuery(phrases=(Phrase(words),))


def query_from_analysis(analysis: VideoAnalysis) -> MusicQuery:
    """The phrases of the analysis, each read by itself, with its tempo and energy as wishes.

    An analyser that gives no phrases is asked for its recommendation and its genres instead; a
    paragraph is never searched for, since it blurs what each part of it says.
    """
    phrases = analysis.phrases
    if not phrases:
        phrases = (
            Phrase(analysis.music_recommendation, 1.0),
            *(Phrase(f"{analysis.mood} {genre}", 0.5) for genre in analysis.genre_suggestions[:3]),
        )
    phrases = tuple(phrase for phrase in phrases if phrase.text.strip() and phrase.weight > 0)
    if not phrases:
        raise InvalidInputError("the analysis of the video names no music to search for")
    return MusicQuery(phrases=phrases, tempo_bpm=analysis.tempo_bpm, energy=analysis.energy)


def checked_query(query: MusicQuery) -> MusicQuery:
    """A query that somebody edited, in the form that can be searched with.

    A phrase that is there twice is one with both weights, and the ends of a tempo may come in either order.

    Raises
    ------
    InvalidInputError
        A weight, a tempo or an energy is no number that makes sense.
    """
    tempo = query.tempo_bpm
    if tempo is not None:
        low, high = sorted(tempo) if all(map(math.isfinite, tempo)) else (0.0, 0.0)
        if not _SLOWEST_BPM <= low <= high <= _FASTEST_BPM:
            raise InvalidInputError(
                f"the wanted tempo must lie between {_SLOWEST_BPM:.0f} and {_FASTEST_BPM:.0f} beats a minute"
            )
        tempo = (low, high)
    if query.energy is not None and not 0.0 <= query.energy <= 1.0:
        raise InvalidInputError("the wanted energy must lie between 0 and 1")
    return replace(query, phrases=_merged(query.phrases), avoid=_merged(query.avoid), tempo_bpm=tempo)


def _merged(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    merged: dict[str, Phrase] = {}
    for phrase in phrases:
        text = " ".join(phrase.text.split())
        if not (math.isfinite(phrase.weight) and 0.0 < phrase.weight <= _MOST_WEIGHT):
            raise InvalidInputError(f"the weight of “{text}” must be above 0, and {_MOST_WEIGHT:g} at most")
        known = merged.get(text.casefold())
        merged[text.casefold()] = Phrase(
            known.text if known else text, phrase.weight + (known.weight if known else 0.0)
        )
    return tuple(merged.values())

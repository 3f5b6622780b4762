"""Build a search from what was asked: a sentence, or the analysis of a video."""

from __future__ import annotations

from reelscore.errors import InvalidInputError
from reelscore.records import MusicQuery, Phrase, VideoAnalysis

MAX_QUERY_CHARACTERS = 2000


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
    """The phrases of the analysis, searched apart, with its tempo and energy as wishes.

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

"""What is scored: anything that orders the tracks of a data set for words or for one of its tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.base import TextEmbedder
from reelscore.errors import InvalidInputError
from reelscore.filters.table import RankingOptions
from reelscore.query.form import Query
from reelscore.records import FloatArray
from reelscore.search.engine import search
from reelscore.wiring import Wiring

Order = NDArray[np.int_]  # numbers of tracks, best first


class Ranker(Protocol):
    """Orders tracks by number. What it leaves out of an order counts as ranked last."""

    @property
    def name(self) -> str:
        """What the scores are listed under."""
        ...

    def rank_text(self, text: str) -> Order | None:
        """Tracks for words; None if this ranker does not understand words at all."""
        ...

    def rank_song(self, track: int) -> Order | None:
        """Tracks like a track, which is not among them; None if that cannot be asked."""
        ...


@dataclass(frozen=True)
class SpaceRanker:
    """The exact cosine in one space, without any stage after it.

    Parameters
    ----------
    name
        Of the space.
    vectors
        Unit vectors (tracks, dim).
    text
        What turns words into vectors of the space; None if the space does not know words.
    """

    name: str
    vectors: FloatArray
    text: TextEmbedder | None = None

    def rank_text(self, text: str) -> Order | None:
        """Tracks by their cosine with the words; an empty order if no word is known."""
        if self.text is None:
            return None
        query = self.text.embed_queries([text])[0]
        return _descending(self.vectors @ query) if query.any() else np.empty(0, dtype=int)

    def rank_song(self, track: int) -> Order | None:
        """Tracks by their cosine with one of them."""
        order = _descending(self.vectors @ self.vectors[track])
        others: Order = order[order != track]
        return others


@dataclass(frozen=True)
class AnswerRanker:
    """What a user gets: the answers of a library of the data set's tracks.

    Parameters
    ----------
    wiring
        That library.
    ids
        Song id of each track, in the order of the data set.
    options
        How answers are made, such as what switches diversity off.
    """

    wiring: Wiring
    ids: Sequence[str]
    options: RankingOptions
    name: str = "answer"

    def rank_text(self, text: str) -> Order | None:
        """Tracks in the order of the answer; an empty order if the words are refused."""
        try:
            return self._order(Query(text=text, limit=len(self.ids), options=self.options))
        except InvalidInputError:  # no word of it is known
            return np.empty(0, dtype=int)

    def rank_song(self, track: int) -> Order | None:
        """Tracks in the order of the answer."""
        return self._order(Query(song=self.ids[track], limit=len(self.ids), options=self.options))

    def _order(self, query: Query) -> Order:
        answer = search(self.wiring, query)
        number = {song: index for index, song in enumerate(self.ids)}
        songs = [item.song.id for item in answer.songs]
        return np.array([number[song] for song in songs if song in number], dtype=int)


def _descending(scores: FloatArray) -> Order:
    # Stable, so that equal scores keep the order of the data set and runs agree.
    return np.argsort(-scores, kind="stable")

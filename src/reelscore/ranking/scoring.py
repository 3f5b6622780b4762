"""One ranking stage for all flows: relevance and soft wishes become one score that adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.ranking.fusion import Column, Parts, total_of
from reelscore.ranking.targets import energy_fit, tempo_fit
from reelscore.records import MusicQuery


@dataclass(frozen=True, slots=True)
class Scored:
    """A song id with its score and the named parts that add up to it."""

    id: str
    score: float
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates, best first, with their scores and the named parts that add up to them."""

    ids: Sequence[str]
    scores: Column
    parts: Parts

    def moved(self, order: NDArray[np.intp]) -> Ranked:
        """The same in another order: of each place, where it is now."""
        return Ranked(
            [self.ids[at] for at in order.tolist()],
            self.scores[order],
            {name: column[order] for name, column in self.parts.items()},
        )

    def take(self, ids: Sequence[str]) -> list[Scored]:
        """Some of the candidates, in the order of the ids."""
        place = {song: at for at, song in enumerate(self.ids)}
        return [
            Scored(
                song,
                float(self.scores[place[song]]),
                {
                    name: float(column[place[song]])
                    for name, column in self.parts.items()
                    if not np.isnan(column[place[song]])
                },
            )
            for song in ids
        ]


def in_order(ids: Sequence[str], parts: Parts, *, first: int | None = None) -> Ranked:
    """Order candidates by what their parts add up to, equal ones by id.

    `first`: how many of them are ordered; the others keep their places behind them. None: all.
    """
    scores = total_of(parts)
    return Ranked(ids, scores, parts).moved(order_of(ids, scores, first=first))


def order_of(ids: Sequence[str], scores: Column, *, first: int | None = None) -> NDArray[np.intp]:
    """Places of candidates, the best first, equal ones by id; `first` as `in_order` takes it."""
    order = np.argsort(-scores[:first], kind="stable")
    best = scores[order]
    if (best[1:] == best[:-1]).any():
        order = np.array(sorted(order.tolist(), key=lambda at: (-scores[at], ids[at])))
    if len(order) < len(ids):
        order = np.concatenate([order, np.arange(len(order), len(ids))])
    return order


def weights_of(query: MusicQuery | None) -> dict[str, float]:
    """Shares of the score: of what is asked for in words or by a song, and of each wish that is there."""
    tempo = query.tempo_weight if query and query.tempo_bpm else 0.0
    energy = query.energy_weight if query and query.energy is not None else 0.0
    return {"relevance": 1.0 - tempo - energy, "tempo": tempo, "energy": energy}


def parts_of(
    relevance: Parts, *, measured: Column | None = None, query: MusicQuery | None = None
) -> dict[str, Column]:
    """The parts of the score of songs by relevance and by the wishes of the query.

    Parameters
    ----------
    relevance
        The named parts of the relevance of the candidates.
    measured
        Their tempo and energy (n, 2), if one is wished; a song without one (NaN) neither wins nor loses.
    query
        Its tempo and energy are the wishes; None means pure similarity.
    """
    rest, tempo_weight, energy_weight = weights_of(query).values()
    parts = {name: rest * column for name, column in relevance.items()}
    if query and query.tempo_bpm and measured is not None:
        parts["tempo"] = tempo_weight * tempo_fit(measured[:, 0], query.tempo_bpm)
    if query and query.energy is not None and measured is not None:
        parts["energy"] = energy_weight * energy_fit(measured[:, 1], query.energy)
    return parts

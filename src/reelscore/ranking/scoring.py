"""One ranking stage for all flows: relevance and soft wishes become one score that adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reelscore.ranking.targets import energy_fit, tempo_fit
from reelscore.records import MusicFeatures, MusicQuery


@dataclass(frozen=True, slots=True)
class Scored:
    """A song id with its score and the named parts that add up to it."""

    id: str
    score: float
    parts: Mapping[str, float]


def weights_of(query: MusicQuery | None) -> dict[str, float]:
    """Shares of the score: of what is asked for in words or by a song, and of each wish that is there."""
    tempo = query.tempo_weight if query and query.tempo_bpm else 0.0
    energy = query.energy_weight if query and query.energy is not None else 0.0
    return {"relevance": 1.0 - tempo - energy, "tempo": tempo, "energy": energy}


def rank(
    relevance: Mapping[str, Mapping[str, float]],
    *,
    features: Mapping[str, MusicFeatures],
    query: MusicQuery | None = None,
) -> list[Scored]:
    """Order songs by relevance and by the wishes of the query.

    Parameters
    ----------
    relevance
        Song id -> named parts, as `reelscore.ranking.fusion` gives them, or a single cosine.
    features
        Song id -> measurements; a song without them neither wins nor loses by a wish.
    query
        Its tempo and energy are the wishes; None means pure similarity.

    Returns
    -------
    list of Scored
        Best first; equal scores are ordered by id, so that the same question has the same answer.
    """
    rest, tempo_weight, energy_weight = weights_of(query).values()
    ranked = []
    for song, found in relevance.items():
        parts = {name: rest * value for name, value in found.items()}
        measured = features.get(song)
        if query and query.tempo_bpm:
            tempo = measured.tempo_bpm if measured else None
            parts["tempo"] = tempo_weight * tempo_fit(tempo, query.tempo_bpm)
        if query and query.energy is not None:
            energy = measured.energy if measured else None
            parts["energy"] = energy_weight * energy_fit(energy, query.energy)
        ranked.append(Scored(song, sum(parts.values()), parts))
    return sorted(ranked, key=lambda scored: (-scored.score, scored.id))

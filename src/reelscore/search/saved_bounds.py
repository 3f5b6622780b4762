"""What a new song must score to come into an answer, by the scale of that answer.

A score is for the most part a weighted sum of cosines, but by how much searches spread over the candidates
(`ranking.fusion`), which every new candidate moves a little. So the weights are fitted to the scores of an
answer by least squares, the largest error among its candidates is their margin, and many answers are
compared with many songs by a product of matrices.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from reelscore.ranking.fusion import Column, raise_of_named
from reelscore.ranking.scoring import Ranked
from reelscore.ranking.targets import energy_fit, tempo_fit
from reelscore.records import FloatArray
from reelscore.search.retrieve import Candidates
from reelscore.search.understand import Understood

_ROUNDING = 1e-6  # of cosines


@dataclass(frozen=True, slots=True)
class Term:
    """A vector that songs are compared with, and what a cosine of 1 adds to the score."""

    space: str
    vector: FloatArray
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Bound:
    """The score of a song by the weights of one answer, and the least one that counts there."""

    terms: Sequence[Term]
    least: float  # minus infinity: any song
    constant: float = 0.0
    tempo_bpm: tuple[float, float] | None = None
    energy: float | None = None
    wishes: tuple[float, float] = (0.0, 0.0)  # what the very tempo and the very energy add
    raised: float = 0.0  # what a song gains that all words name
    is_filtered: bool = True  # whether only songs that pass the filters count


def bounds_of(
    question: Understood, candidates: Candidates, ranked: Ranked, listed: Sequence[str], *, is_full: bool
) -> Sequence[Bound]:
    """What a song must score to be among the songs of an answer, or to say what its words sound like.

    Parameters
    ----------
    listed
        The songs of the answer, or those that it was spread from.
    is_full
        Whether the answer has as many songs as were asked for.

    Returns
    -------
    sequence of Bound
        Nothing if any song may change the answer.
    """
    first = candidates.first_hits
    if first is None and question.feeds_back:
        return ()
    found = [_of_list(question, candidates, ranked, listed) if is_full else Bound([], -np.inf)]
    if first is not None:
        terms = [Term(space, vector) for space, vector, _ in first.compared]
        nothing = np.zeros(len(first.scores))
        columns = [*(column for _, _, column in first.compared), nothing, nothing]
        found.append(_fitted(Bound(terms, first.least, is_filtered=False), columns, first.scores))
    return found


def _of_list(question: Understood, candidates: Candidates, ranked: Ranked, listed: Sequence[str]) -> Bound:
    wished = question.music if question.query.has_words else None
    place = {song: at for at, song in enumerate(ranked.ids)}
    # Songs that are named stand above all others by their names, which are compared apart.
    plain = [at for at, song in enumerate(candidates.ids) if song not in candidates.named]
    own = Bound(
        [Term(space, vector) for space, vector, _ in candidates.compared],
        least=min(float(ranked.scores[place[song]]) for song in listed),
        tempo_bpm=wished.tempo_bpm if wished else None,
        energy=wished.energy if wished else None,
    )
    by_name = [
        float(ranked.parts["names"][place[song]]) / named.share
        for song, named in candidates.named.items()
        if song in place and named.share > 0
    ]
    own = replace(own, raised=by_name[0] if by_name else float(raise_of_named(ranked.scores, np.ones(1))[0]))
    columns = [column[plain] for _, _, column in candidates.compared]
    measured = None if candidates.measured is None else candidates.measured[plain]
    columns += list(_fits(len(plain), measured, own).T)
    rows = [place[candidates.ids[at]] for at in plain]
    return _fitted(own, columns, ranked.scores[rows])


def scores_for(
    bounds: Sequence[Bound],
    ids: Sequence[str],
    vectors: Mapping[str, tuple[Sequence[str], FloatArray]],
    measured: Column | None,
) -> Column:
    """What songs score for each bound (bounds, n), but for their names.

    Minus infinity: the song has no vector in one of the spaces, so it does not count.

    Parameters
    ----------
    vectors
        Space -> songs that have a vector in it, and the vectors (n, dim).
    measured
        Tempo and energy (n, 2); NaN: not known.
    """
    row = {song: at for at, song in enumerate(ids)}
    totals = np.tile(np.array([bound.constant for bound in bounds])[:, None], (1, len(ids)))
    for space, (own, matrix) in vectors.items():
        terms = [(at, term) for at, bound in enumerate(bounds) for term in bound.terms if term.space == space]
        if not terms:
            continue
        found = np.full((len(terms), len(ids)), -np.inf)
        if own:
            weighted = np.stack([term.weight * term.vector for _, term in terms])
            found[:, [row[song] for song in own]] = weighted @ matrix.T
        np.add.at(totals, [at for at, _ in terms], found)
    for at, bound in enumerate(bounds):
        if bound.tempo_bpm or bound.energy is not None:
            totals[at] += _fits(len(ids), measured, bound) @ np.array(bound.wishes)
    return totals


def bound_values(bound: Bound) -> dict[str, Any]:
    """The JSON form of a bound."""
    values = {each.name: getattr(bound, each.name) for each in fields(Bound)}
    values["terms"] = [
        [term.space, base64.b64encode(np.asarray(term.vector, dtype="<f4").tobytes()).decode(), term.weight]
        for term in bound.terms
    ]
    return {**values, "least": bound.least if np.isfinite(bound.least) else None}


def read_bound(values: Mapping[str, Any]) -> Bound:
    """A bound from its JSON form."""
    terms = [
        Term(space, np.frombuffer(base64.b64decode(vector), dtype="<f4"), weight)
        for space, vector, weight in values["terms"]
    ]
    least = -np.inf if values["least"] is None else values["least"]
    return Bound(**{**values, "terms": terms, "least": least})


def _fits(count: int, measured: Column | None, bound: Bound) -> Column:
    """How well songs suit the wishes: columns (n, 2) of 0 to 1, and of zeros for what is not wished."""
    suits = np.zeros((count, 2))
    if measured is not None and bound.tempo_bpm:
        suits[:, 0] = tempo_fit(measured[:, 0], bound.tempo_bpm)
    if measured is not None and bound.energy is not None:
        suits[:, 1] = energy_fit(measured[:, 1], bound.energy)
    return suits


def _fitted(bound: Bound, columns: Sequence[Column], scores: Column) -> Bound:
    """A bound with the weights by which columns add up to scores; the last two are those of the wishes.

    Its least score is lower by as much as a score exceeds what its columns add up to.
    """
    table = np.column_stack([*columns, np.ones(len(scores))])
    if len(scores) <= table.shape[1]:  # any weights would do
        return replace(bound, least=-np.inf)
    weights = np.linalg.lstsq(table, scores, rcond=None)[0]
    margin = float(np.max(scores - table @ weights))
    each = [float(weight) for weight in weights]
    return replace(
        bound,
        terms=[replace(term, weight=weight) for term, weight in zip(bound.terms, each, strict=False)],
        least=bound.least - margin - _ROUNDING,
        constant=each[-1],
        wishes=(each[-3], each[-2]),
    )

"""Paths from one song to another in even steps, and orders in which neighbours mix. Pure.

A step has four parts: timbre (the chord between unit vectors of sound), tempo (octaves, where half and double
count as the same), key (places on the wheel of fifths) and energy. Each is measured in what is usual between
two songs of those to choose from, so that none of them drowns the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.filters.keys import camelot
from reelscore.records import FloatArray, MusicFeatures

Matrix = NDArray[np.float64]

PARTS = ("timbre", "tempo", "key", "energy")
# Of the squared length of a step. Timbre alone leads through any tempo.
PATH_WEIGHTS: Mapping[str, float] = {"timbre": 0.5, "tempo": 0.2, "key": 0.1, "energy": 0.2}
# Whoever mixes two songs needs tempo and key first.
MIX_WEIGHTS: Mapping[str, float] = {"timbre": 0.15, "tempo": 0.45, "key": 0.3, "energy": 0.1}

MIXING_TEMPO = 0.06  # what players change the tempo by, as a share
MIXING_KEYS = 1.0  # places on the wheel: the same key, a neighbour, the relative key
_UNKNOWN_KEY = 2.0  # places, if a key is not known: neither near nor far
_EVENNESS = 6.0  # of uneven steps, beside leaving the way
_STATES = 60  # songs that are looked at for each place of a path
_ROUNDS = 3
_SWEEPS = 40


@dataclass(frozen=True, slots=True)
class Ground:
    """Songs to walk over: all pairs of them, part by part, in the part's own unit."""

    parts: Mapping[str, Matrix]  # each (n, n), symmetric

    def distances(self, weights: Mapping[str, float]) -> Matrix:
        """The length of the step between each pair (n, n); about 1 is usual."""
        total = np.zeros_like(self.parts["timbre"])
        off = ~np.eye(len(total), dtype=bool)
        for name, weight in weights.items():
            part = self.parts[name]
            usual = float(np.median(part[off])) if off.any() else 0.0
            # Of discrete parts more than half may be 0.
            usual = usual or (float(np.mean(part[off])) if off.any() else 0.0) or 1.0
            total += weight * (part / usual) ** 2
        return np.sqrt(total)


def ground(vectors: FloatArray, features: Sequence[MusicFeatures | None]) -> Ground:
    """The ground of some songs.

    Parameters
    ----------
    vectors
        Unit vectors of sound (n, dim).
    """
    cosines = np.einsum("id,jd->ij", vectors, vectors).astype(np.float64)
    chord = np.sqrt(np.clip(2.0 - 2.0 * cosines, 0.0, None))
    np.fill_diagonal(chord, 0.0)
    tempo = np.array([np.log2(one.tempo_bpm) if one and one.tempo_bpm else np.nan for one in features])
    octaves = np.abs(tempo[:, None] - tempo[None, :])
    octaves = np.abs(octaves - np.round(octaves))
    energy = np.array([one.energy if one and one.energy is not None else np.nan for one in features])
    loudness = np.abs(energy[:, None] - energy[None, :])
    keys = [one.key if one else None for one in features]
    known = list(dict.fromkeys(keys))  # some two dozen at most, however many songs
    apart = np.array([[keys_apart(one, other) for other in known] for one in known], dtype=np.float64)
    at = [known.index(key) for key in keys]
    places = apart[np.ix_(at, at)]
    np.fill_diagonal(places, 0.0)
    return Ground(
        {
            "timbre": chord,
            "tempo": _known(octaves, 0.25),  # the mean of what half and double leave
            "key": places,
            "energy": _known(loudness, 0.2),
        },
    )


def keys_apart(one: str | None, other: str | None) -> float:
    """Places between two keys on the wheel, 0 to 7; to the relative key it is one."""
    if one is None or other is None:
        return _UNKNOWN_KEY
    first, second = camelot(one), camelot(other)
    around = abs(int(first[:-1]) - int(second[:-1]))
    return float(min(around, 12 - around) + (first[-1] != second[-1]))


def even_path(distances: Matrix, start: int, end: int, steps: int) -> list[int]:
    """Songs from `start` to `end` with `steps` songs between them, no song twice.

    At each place the songs that lie nearest to the way (by what is left of it) are looked at, and of all ways
    through them the one is taken whose steps differ least: dynamic programming, first with steps as short as
    can be, then with all of them as long as those were on average.

    Returns
    -------
    list[int]
        Places of songs in `distances`, with both ends; fewer than asked for if there are not so many songs.
    """
    others = [each for each in range(len(distances)) if each not in (start, end)]
    steps = min(steps, len(others))
    if not steps:
        return [start, end]
    layers, cost = _layers(distances, start, end, steps, np.array(others))
    whole = max(float(distances[start, end]), 1e-9)
    step, path = whole / (steps + 1), [start, end]
    for number in range(_ROUNDS):
        path = _cheapest(distances, layers, cost, start, end, step, even=number > 0)
        lengths = distances[path[:-1], path[1:]]
        step = max(float(lengths.mean()), 1e-9)
    return path


def _layers(
    distances: Matrix, start: int, end: int, steps: int, others: NDArray[np.int_]
) -> tuple[list[NDArray[np.int_]], list[Matrix]]:
    """For each place, the songs that may stand there, and how far each of them is from where it should be."""
    one, two = distances[start, others], distances[end, others]
    whole = max(float(distances[start, end]), 1e-9)
    along = np.clip((one**2 - two**2 + whole**2) / (2 * whole**2), -0.5, 1.5)
    beside = np.sqrt(np.clip(one**2 - (along * whole) ** 2, 0.0, None)) / whole
    layers, costs = [], []
    for place in range(1, steps + 1):
        off = ((along - place / (steps + 1)) * (steps + 1)) ** 2 + 0.5 * beside**2
        # At least as many as there are places, so that one is always left.
        near = np.argsort(off, kind="stable")[: max(_STATES, steps + 1)]
        layers.append(others[near])
        costs.append(off[near])
    return layers, costs


def _cheapest(
    distances: Matrix,
    layers: Sequence[NDArray[np.int_]],
    costs: Sequence[Matrix],
    start: int,
    end: int,
    step: float,
    *,
    even: bool,
) -> list[int]:
    def edges(before: NDArray[np.int_], after: NDArray[np.int_]) -> Matrix:
        lengths = distances[np.ix_(before, after)] / step
        return np.asarray(_EVENNESS * (lengths - 1.0) ** 2 if even else lengths**2)

    ways: list[tuple[int, ...]] = [(start,)]
    totals = np.zeros(1)
    for layer, cost in zip(layers, costs, strict=True):
        last = np.array([way[-1] for way in ways])
        sums = totals[:, None] + edges(last, layer) + cost[None, :]
        taken = np.array([[song in way for song in layer] for way in ways])
        sums[taken] = np.inf
        best = np.argmin(sums, axis=0)
        reached = sums[best, np.arange(len(layer))]
        kept = np.isfinite(reached)
        ways = [(*ways[best[at]], int(layer[at])) for at in np.flatnonzero(kept)]
        totals = reached[kept]
    last = np.array([way[-1] for way in ways])
    totals = totals + edges(last, np.array([end]))[:, 0]
    return [*ways[int(np.argmin(totals))], end]


def mixing_order(distances: Matrix, first: int | None = None) -> list[int]:
    """An order of all songs in which neighbours are near: nearest neighbour, then 2-opt (Croes 1958).

    Parameters
    ----------
    first
        The song to begin with; None: any.
    """
    count = len(distances)
    if count < 2:
        return list(range(count))
    begin = int(np.argmax(distances.sum(axis=1))) if first is None else first
    order = [begin]
    left = set(range(count)) - {begin}
    while left:
        order.append(min(left, key=lambda song: (distances[order[-1], song], song)))
        left.remove(order[-1])
    fixed = 0 if first is None else 1
    for _ in range(_SWEEPS):
        if not _improved(distances, order, fixed):
            break
    return order


def _improved(distances: Matrix, order: list[int], fixed: int) -> bool:
    """Turn stretches around while that shortens the way; whether any was."""
    better = False
    for low in range(fixed, len(order) - 1):
        for high in range(low + 1, len(order)):
            before = distances[order[low - 1], order[low]] if low else 0.0
            after = distances[order[high], order[high + 1]] if high + 1 < len(order) else 0.0
            new_before = distances[order[low - 1], order[high]] if low else 0.0
            new_after = distances[order[low], order[high + 1]] if high + 1 < len(order) else 0.0
            if new_before + new_after < before + after - 1e-12:
                order[low : high + 1] = order[low : high + 1][::-1]
                better = True
    return better


def mixes(octaves: float, places: float) -> bool:
    """Whether two songs can be mixed as they are: tempi (half and double too) and keys are near."""
    return octaves <= np.log2(1 + MIXING_TEMPO) and places <= MIXING_KEYS


def _known(values: Matrix, usual: float) -> Matrix:
    """Differences; `usual` if one of the two is not known, but of no song from itself."""
    filled = np.where(np.isnan(values), usual, values)
    np.fill_diagonal(filled, 0.0)
    return filled

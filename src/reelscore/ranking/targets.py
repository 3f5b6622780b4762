"""Soft wishes: how well a measured song suits a wanted tempo and a wanted energy. Both are 0..1."""

from __future__ import annotations

import math

# A tempo this far outside of the wanted range, in octaves, suits half as well (35 % of an octave is
# the step from 100 to 127 bpm).
_HALF_OCTAVES = 0.35
# Half or double the wanted tempo is felt as the same pulse, though not quite.
_OCTAVE_PENALTY = 0.85
# An energy this far from the wanted one suits half as well.
_HALF_ENERGY = 0.25


def tempo_fit(tempo_bpm: float | None, wanted: tuple[float, float]) -> float:
    """How well a tempo suits the wanted range; 0.5 if the tempo is not known."""
    if tempo_bpm is None or tempo_bpm <= 0:
        return 0.5
    same = _closeness(tempo_bpm, wanted)
    octave = max(_closeness(tempo_bpm * 2, wanted), _closeness(tempo_bpm / 2, wanted))
    return max(same, _OCTAVE_PENALTY * octave)


def energy_fit(energy: float | None, wanted: float) -> float:
    """How well an energy suits the wanted level; 0.5 if the energy is not known."""
    if energy is None:
        return 0.5
    return float(2.0 ** -(((energy - wanted) / _HALF_ENERGY) ** 2))


def _closeness(tempo_bpm: float, wanted: tuple[float, float]) -> float:
    low, high = wanted
    if low <= tempo_bpm <= high:
        return 1.0
    edge = low if tempo_bpm < low else high
    return float(2.0 ** -((math.log2(tempo_bpm / edge) / _HALF_OCTAVES) ** 2))

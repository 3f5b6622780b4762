"""Soft wishes: how well measured songs suit a wanted tempo and a wanted energy. Both are 0..1."""

from __future__ import annotations

import numpy as np

from reelscore.ranking.fusion import Column

# A tempo this far outside of the wanted range, in octaves, suits half as well (35 % of an octave is
# the step from 100 to 127 bpm).
_HALF_OCTAVES = 0.35
# Half or double the wanted tempo is felt as the same pulse, though not quite.
_OCTAVE_PENALTY = 0.85
# An energy this far from the wanted one suits half as well.
_HALF_ENERGY = 0.25


def tempo_fit(tempi: Column, wanted: tuple[float, float]) -> Column:
    """How well each tempo suits the wanted range; 0.5 if it is NaN or 0, not known."""
    known = np.where(tempi > 0, tempi, np.nan)
    octave = np.fmax(_closeness(known * 2, wanted), _closeness(known / 2, wanted))
    return np.nan_to_num(np.fmax(_closeness(known, wanted), _OCTAVE_PENALTY * octave), nan=0.5)


def energy_fit(energies: Column, wanted: float) -> Column:
    """How well each energy suits the wanted level; 0.5 if it is NaN, not known."""
    return np.nan_to_num(2.0 ** -(((energies - wanted) / _HALF_ENERGY) ** 2), nan=0.5)


def _closeness(tempi: Column, wanted: tuple[float, float]) -> Column:
    octaves = np.log2(tempi / np.clip(tempi, *wanted))  # to the nearer end of the range; 0 within
    return np.asarray(2.0 ** -((octaves / _HALF_OCTAVES) ** 2))

"""How right a tempo or a key is.

References
----------
.. [1] Gouyon et al. An experimental comparison of audio tempo induction algorithms. IEEE TASLP 14(5), 2006.
.. [2] MIREX, Audio Key Detection: https://www.music-ir.org/mirex/wiki/Audio_Key_Detection
"""

from __future__ import annotations

from reelscore.errors import InvalidInputError
from reelscore.filters.keys import parse_key

TEMPO_TOLERANCE = 0.04  # of the reference, as in [1]_
# What a listener may tap instead of the written tempo, as in [1]_.
_OCTAVES = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)


def tempo_accuracy_1(
    estimate: float | None, reference: float, *, tolerance: float = TEMPO_TOLERANCE
) -> float:
    """1 if the estimate lies within the tolerance of the reference [1]_, else 0; no estimate is 0."""
    return _tempo_within(estimate, reference, (1.0,), tolerance)


def tempo_accuracy_2(
    estimate: float | None, reference: float, *, tolerance: float = TEMPO_TOLERANCE
) -> float:
    """As `tempo_accuracy_1`, with double, half, three times and a third of the reference allowed [1]_."""
    return _tempo_within(estimate, reference, _OCTAVES, tolerance)


def _tempo_within(
    estimate: float | None, reference: float, factors: tuple[float, ...], tolerance: float
) -> float:
    if reference <= 0:
        raise InvalidInputError(f"a reference tempo must be above 0 bpm, not {reference}")
    if estimate is None:
        return 0.0
    return float(
        any(abs(estimate - factor * reference) <= tolerance * factor * reference for factor in factors)
    )


def key_exact(estimate: str | None, reference: str) -> float:
    """1 if tonic and mode agree (C# is Db), else 0; no estimate is 0."""
    wanted = parse_key(reference)
    return float(estimate is not None and parse_key(estimate) == wanted)


def key_mirex(estimate: str | None, reference: str) -> float:
    """The weighted key score of MIREX [2]_, 0..1.

    1 for the key itself, 0.5 for the key a fifth above it, 0.3 for the relative key, 0.2 for the parallel
    key, else 0.
    """
    tonic, mode = parse_key(reference)
    if estimate is None:
        return 0.0
    other_tonic, other_mode = parse_key(estimate)
    distance = (other_tonic - tonic) % 12
    if other_mode == mode:
        return {0: 1.0, 7: 0.5}.get(distance, 0.0)
    relative = 9 if mode == "major" else 3
    return {relative: 0.3, 0: 0.2}.get(distance, 0.0)

"""How right a tempo or a key is.

References
----------
.. [1] Gouyon et al. An experimental comparison of audio tempo induction algorithms. IEEE TASLP 14(5), 2006.
.. [2] MIREX, Audio Key Detection: https://www.music-ir.org/mirex/wiki/Audio_Key_Detection
"""

from __future__ import annotations

from reelscore.errors import InvalidInputError

TEMPO_TOLERANCE = 0.04  # of the reference, as in [1]_
# What a listener may tap instead of the written tempo, as in [1]_.
_OCTAVES = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)

_PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "b": -1, "♭": -1}
_MODES = {"major": "major", "maj": "major", "": "major", "minor": "minor", "min": "minor", "m": "minor"}


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


def parse_key(name: str) -> tuple[int, str]:
    """Read a key such as "C major", "Bb minor", "f# min", "Am": (pitch class 0..11, "major" or "minor").

    Raises
    ------
    InvalidInputError
        If the words are no key.
    """
    text = name.strip().replace(":", " ").replace("_", " ")
    tonic, rest = text[:1].upper(), text[1:]
    accidental = 0
    while rest[:1] in _ACCIDENTALS:
        accidental += _ACCIDENTALS[rest[0]]
        rest = rest[1:]
    # A capital M alone is major by convention, a small m minor, so case is folded for whole words only.
    mode = "major" if rest.strip() == "M" else _MODES.get(rest.strip().lower())
    if tonic not in _PITCH_CLASSES or mode is None:
        raise InvalidInputError(f"'{name}' is no key; write it as 'C major' or 'Bb minor'")
    return (_PITCH_CLASSES[tonic] + accidental) % 12, mode


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

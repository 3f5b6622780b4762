"""Made-up scores in the manner of songs and game music: a progression, a bass, a figure and a tune."""

from __future__ import annotations

import random

from scores import Score

_METRES = (((4, 4), 60), ((3, 4), 13), ((6, 8), 11), ((5, 4), 5), ((7, 8), 4), ((2, 4), 4), ((12, 8), 3))
_PROGRESSIONS = (
    (0, 5, 3, 4),
    (0, 4, 5, 3),
    (5, 3, 0, 4),
    (0, 3, 4, 4),
    (0, 0, 3, 4),
    (1, 4, 0, 0),
    (0, 5, 1, 4),
    (0, 2, 3, 4),
    (0, 0, 0, 0),
    (0, 6, 5, 6),
)
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))


def invent(number: int, draw: random.Random) -> Score:
    """A score of 32 bars or more."""
    ((numerator, denominator),) = draw.choices(
        [metre for metre, _ in _METRES], [weight for _, weight in _METRES]
    )
    length = 4.0 * numerator / denominator
    step = 4.0 / denominator if denominator == 8 else draw.choice((0.5, 0.5, 0.25))
    scale, key = draw.choice(_SCALES), draw.randrange(12)
    cells = {
        name: _cell(length, step, density, draw)
        for name, density in (
            ("bass", draw.uniform(0.15, 0.7)),
            ("figure", draw.uniform(0.2, 1.0)),
            ("tune", draw.uniform(0.2, 0.7)),
        )
    }
    tune_cells = [_cell(length, step, draw.uniform(0.15, 0.7), draw) for _ in range(3)]
    kind = draw.choice(("chords", "arpeggio", "pad", "chords"))
    silent = draw.choice(("", "", "tune", "bass", "figure"))
    notes: list[tuple[int, float, float, int]] = []
    bars = []
    sections = draw.choice(("AABA", "ABAB", "AABB", "ABAC"))
    progressions = {name: draw.choice(_PROGRESSIONS) for name in "ABC"}
    degree = draw.randrange(7)
    slow = draw.choice((1, 1, 2))
    for index in range(32):
        begin = index * length
        bars.append((begin, numerator, denominator))
        section = sections[index // 8]
        root = progressions[section][index // slow % 4]
        pitches = [key + 48 + scale[(root + third) % 7] + 12 * ((root + third) // 7) for third in (0, 2, 4)]
        if silent != "bass":
            for place, span in cells["bass"]:
                notes.append(
                    (
                        0,
                        begin + place,
                        span * 0.9,
                        28 + (key + scale[root % 7] - 4) % 12 + draw.choice((0, 0, 0, 12, 7)),
                    )
                )
        if silent != "figure":
            if kind == "pad":
                notes += [(1, begin, length, pitch) for pitch in pitches]
            else:
                for turn, (place, span) in enumerate(cells["figure"]):
                    chosen = pitches if kind == "chords" else [pitches[turn % 3] + 12 * (turn // 3 % 2)]
                    notes += [(1, begin + place, span * 0.8, pitch) for pitch in chosen]
        if silent != "tune" and draw.random() < 0.92:
            cell = (
                tune_cells[(ord(section) + index % 2) % 3] if draw.random() < 0.8 else draw.choice(tune_cells)
            )
            for place, span in cell:
                degree = max(-3, min(10, degree + draw.choice((-2, -1, -1, 0, 1, 1, 2))))
                notes.append(
                    (2, begin + place, span * 0.9, key + 60 + scale[degree % 7] + 12 * (degree // 7))
                )
    notes.sort(key=lambda note: note[1])
    return Score(f"invented/{number}", f"invented/{number}", notes, bars, 32 * length)


def _cell(length: float, step: float, density: float, draw: random.Random) -> list[tuple[float, float]]:
    """Places and lengths of a bar's notes; strong places are likelier, and now and then none is."""
    count = round(length / step)
    straight = draw.random() < 0.75
    chosen = []
    for index in range(count):
        strength = 1.6 if index == 0 else 1.2 if index % 2 == 0 else 0.7
        if draw.random() < density * (strength if straight else 1.0):
            chosen.append(index)
    if not chosen:
        chosen = [0]
    ends = [*chosen[1:], count]
    return [(place * step, (end - place) * step) for place, end in zip(chosen, ends, strict=True)]

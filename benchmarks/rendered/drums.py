"""Drum patterns that follow a score's bars (General MIDI keys)."""

from __future__ import annotations

import random
from collections.abc import Callable

DRUM_CHANNEL = 9
KICK, STICK, SNARE, CLAP, TOM, HAT, OPEN, CRASH, RIDE, SHAKER, CLAVES, TAMBOURINE = (
    36, 37, 38, 39, 45, 42, 46, 49, 51, 70, 75, 54)  # fmt: skip

# Manner -> what it plays, by beat of a bar of four: (place in beats, key, velocity).
_FOUR = {
    "rock": [(0, KICK, 112), (2, KICK, 108), (1, SNARE, 108), (3, SNARE, 108)],
    "busy rock": [
        (0, KICK, 112),
        (1.5, KICK, 90),
        (2, KICK, 100),
        (2.5, KICK, 85),
        (1, SNARE, 108),
        (3, SNARE, 108),
    ],
    "disco": [(0, KICK, 112), (1, KICK, 112), (2, KICK, 112), (3, KICK, 112), (1, CLAP, 96), (3, CLAP, 96)],
    "half time": [(0, KICK, 112), (1.5, KICK, 80), (2, SNARE, 110)],
    "march": [
        (0, KICK, 105),
        (2, KICK, 100),
        (0, SNARE, 70),
        (1, SNARE, 85),
        (2, SNARE, 70),
        (3, SNARE, 85),
        (3.5, SNARE, 60),
    ],
    "ska": [(0, KICK, 100), (2, KICK, 100), (1, STICK, 100), (3, STICK, 100)],
    "one drop": [(2, KICK, 110), (2, STICK, 95)],
    "bossa": [
        (0, KICK, 100),
        (1.5, KICK, 80),
        (2, KICK, 95),
        (3.5, KICK, 80),
        (0, STICK, 80),
        (1.5, STICK, 80),
        (3, STICK, 80),
    ],
    "jazz": [(1, HAT, 80), (3, HAT, 80), (0, KICK, 50)],
    "syncopated": [
        (0, KICK, 112),
        (0.75, KICK, 90),
        (2.5, KICK, 105),
        (1, SNARE, 108),
        (3, SNARE, 108),
        (3.75, SNARE, 60),
    ],
}
_HATS = ("beats", "halves", "halves", "halves", "quarters", "offbeats", "open offbeats", "none")


def drum_hits(
    bars: list[tuple[float, int, int]],
    beat_length: Callable[[int, int], float],
    draw: random.Random,
) -> tuple[str, list[tuple[float, int, float]]]:
    """Name of the manner, and hits as (quarter notes, key, velocity)."""
    manner = draw.choice(list(_FOUR))
    hats = draw.choice(_HATS)
    hat = draw.choice((HAT, HAT, RIDE, SHAKER, TAMBOURINE))
    if manner == "jazz":
        hats, hat = "ride", RIDE
    if manner == "ska" and hats in ("none", "beats"):
        hats = "offbeats"
    enters = draw.choice((0, 0, 0, 0, 2, 4, 8))
    pauses = draw.random() < 0.2
    fills = draw.random() < 0.5
    period = draw.choice((4, 8))
    drops = draw.random() < 0.25  # now and then a hit is left out
    hits: list[tuple[float, int, float]] = []
    for index, (begin, numerator, denominator) in enumerate(bars):
        if index < enters or (pauses and index // 8 % 3 == 2):
            continue
        unit = beat_length(numerator, denominator)
        count = round(4 * numerator / denominator / unit)
        compound = numerator in (6, 9, 12) and denominator >= 8
        bar = _pattern(manner, count, compound, draw if manner == "syncopated" and index % 4 == 3 else None)
        bar += _hats(hats, hat, count, compound)
        if index % period == 0 and fills:
            bar.append((0.0, CRASH, 100))
        if index % period == period - 1 and fills:
            steps = 3 if compound else draw.choice((2, 4))
            bar = [hit for hit in bar if hit[0] < count - 1]
            bar += [(count - 1 + step / steps, draw.choice((SNARE, TOM)), 90) for step in range(steps)]
        for place, key, velocity in bar:
            if drops and draw.random() < 0.08:
                continue
            hits.append((begin + place * unit, key, velocity + draw.gauss(0.0, 5.0)))
    return f"{manner}, hats {hats}", hits


def _pattern(
    manner: str, count: int, compound: bool, draw: random.Random | None
) -> list[tuple[float, int, float]]:
    if compound:
        bar: list[tuple[float, int, float]] = []
        for beat in range(count):
            bar.append((float(beat), KICK if beat % 2 == 0 else SNARE, 108.0))
            if manner in ("busy rock", "syncopated", "bossa"):
                bar.append((beat + 2.0 / 3.0, KICK, 80.0))
        if manner == "one drop" or manner == "half time":
            bar = [hit for hit in bar if hit[0] < 1] + [
                (count / 2.0 if count % 2 == 0 else count - 1.0, SNARE, 105.0)
            ]
        return bar
    if count == 4:
        bar = [(float(place), key, float(velocity)) for place, key, velocity in _FOUR[manner]]
    elif count == 2:
        bar = [(place / 2.0, key, float(velocity)) for place, key, velocity in _FOUR[manner]]
    elif count == 3:
        bar = {
            "rock": [(0.0, KICK, 112.0), (1.0, SNARE, 90.0), (2.0, SNARE, 90.0)],
            "busy rock": [(0.0, KICK, 112.0), (1.0, SNARE, 100.0), (1.5, KICK, 85.0), (2.0, KICK, 90.0)],
            "disco": [(0.0, KICK, 112.0), (1.0, KICK, 100.0), (2.0, KICK, 100.0), (2.0, SNARE, 90.0)],
            "half time": [(0.0, KICK, 112.0), (2.0, SNARE, 100.0)],
            "jazz": [(0.0, KICK, 70.0), (1.0, HAT, 80.0), (2.0, HAT, 80.0)],
        }.get(manner, [(0.0, KICK, 110.0), (1.0, STICK, 85.0), (2.0, STICK, 85.0)])
    else:
        split = 3 if count in (5, 6) else 4
        bar = [(0.0, KICK, 112.0), (float(split), KICK, 100.0)]
        bar += [
            (float(beat), SNARE, 95.0)
            for beat in range(count)
            if beat not in (0, split) and (beat % 2 == 0 or beat == count - 1)
        ]
    if draw is not None:
        bar.append((count - draw.choice((0.5, 0.75, 0.25)), KICK, 90.0))
    return bar


def _hats(hats: str, key: int, count: int, compound: bool) -> list[tuple[float, int, float]]:
    steps = 3 if compound else 2
    found: list[tuple[float, int, float]] = []
    for beat in range(count):
        if hats == "beats":
            found.append((float(beat), key, 75.0))
        elif hats == "halves" or (hats == "quarters" and compound):
            found += [(beat + step / steps, key, 80.0 if step == 0 else 62.0) for step in range(steps)]
        elif hats == "quarters":
            found += [(beat + step / 4.0, key, (82.0, 52.0, 66.0, 52.0)[step]) for step in range(4)]
        elif hats in ("offbeats", "open offbeats"):
            found.append(
                (beat + (2.0 / 3.0 if compound else 0.5), OPEN if hats.startswith("open") else key, 82.0)
            )
        elif hats == "ride":
            found.append((float(beat), RIDE, 80.0))
            if beat % 2 == 1:
                found.append((beat + (2.0 / 3.0 if compound else 0.5), RIDE, 65.0))
    return found

"""Turn a score into a performance: instruments, accompaniment, drums, swing and a tempo that may move.

Every time is exact: beats and downbeats come from the same map that places the notes.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field

from drums import DRUM_CHANNEL, drum_hits
from scores import Score

# General MIDI programs by how they are used; slow attacks come up less often.
LEADS = (
    0,
    1,
    4,
    6,
    11,
    12,
    13,
    21,
    22,
    24,
    25,
    40,
    41,
    56,
    60,
    64,
    65,
    66,
    68,
    71,
    73,
    74,
    75,
    80,
    81,
    105,
    110,
)
CHORDS = (0, 0, 1, 2, 4, 5, 6, 7, 15, 16, 19, 24, 25, 26, 27, 28, 46, 62, 81)
BASSES = (32, 33, 34, 35, 36, 38, 39, 43, 58)
ENSEMBLES = ((0,), (6,), (19,), (24,), (40, 40, 41, 42), (48,), (52,), (56, 60, 57, 58), (68, 71, 60, 70),
             (73, 68, 71, 70), (45,), (12,), (46,), (4,), (65, 65, 66, 67), (16,), (21,), (11,))  # fmt: skip


@dataclass
class Performance:
    """Seconds throughout; notes are (time, length, channel, pitch, velocity)."""

    notes: list[tuple[float, float, int, int, int]] = field(default_factory=list)
    programs: dict[int, int] = field(default_factory=dict)
    beats: list[float] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)  # 1 is a downbeat
    metres: list[str] = field(default_factory=list)  # of the bar of each beat
    bpm: float = 0.0
    tempo_kind: str = "steady"
    drums: str = "none"
    swing: float = 0.5
    end: float = 0.0


def beat_length(numerator: int, denominator: int) -> float:
    """Quarter notes of one beat: dotted in compound time."""
    if numerator in (6, 9, 12) and denominator >= 8:
        return 12.0 / denominator
    return 4.0 / denominator


def playable(score: Score) -> bool:
    """Whether the metre says plainly what its beat is."""
    plain = {
        (2, 4),
        (3, 4),
        (4, 4),
        (5, 4),
        (6, 4),
        (2, 2),
        (3, 2),
        (4, 2),
        (6, 8),
        (9, 8),
        (12, 8),
        (5, 8),
        (7, 8),
    }
    return all((bar[1], bar[2]) in plain for bar in score.bars)


def perform(score: Score, draw: random.Random, seconds: float) -> Performance:
    """A performance of at least `seconds`, from a bar line drawn by chance; short scores are repeated."""
    result = Performance()
    bars, notes = _unrolled(score, draw)
    result.bpm = _tempo(score, draw)
    seconds_of, result.tempo_kind = _time_map(bars, result.bpm, draw, seconds)
    swing = 0.5
    simple = all(bar[1] not in (6, 9, 12) for bar in bars)
    if simple and draw.random() < 0.22:
        swing = draw.choice((0.58, 0.62, 0.667, 0.667))
    result.swing = swing
    starts = [bar[0] for bar in bars]

    def when(quarters: float) -> float:
        bar = bars[max(0, bisect_right(starts, quarters + 1e-9) - 1)]
        unit = beat_length(bar[1], bar[2])
        beat, part = divmod((quarters - bar[0]) / unit, 1.0)
        if swing != 0.5:
            part = part * 2 * swing if part < 0.5 else swing + (part - 0.5) * 2 * (1 - swing)
        return seconds_of(bar[0] + (beat + part) * unit)

    for begin, numerator, denominator in bars:
        unit = beat_length(numerator, denominator)
        count = round(4 * numerator / denominator / unit)
        name = f"{numerator}/{denominator}"
        for beat in range(count):
            result.beats.append(seconds_of(begin + beat * unit))
            result.positions.append(beat + 1)
            result.metres.append(name)
    end = bars[-1][0] + 4 * bars[-1][1] / bars[-1][2]
    result.end = seconds_of(end)
    _play(result, score, notes, bars, when, draw)
    return result


def _unrolled(
    score: Score, draw: random.Random
) -> tuple[list[tuple[float, int, int]], list[tuple[int, float, float, int]]]:
    """Bars and notes from a bar drawn by chance to the end, then the whole score again, four times."""
    first = draw.randrange(max(1, len(score.bars) - 16)) if draw.random() < 0.7 else 0
    begin = score.bars[first][0]
    bars, notes, shift = [], [], -begin
    for turn in range(5):
        lowest = begin if turn == 0 else 0.0
        bars += [(bar[0] + shift, bar[1], bar[2]) for bar in score.bars if bar[0] >= lowest]
        notes += [(n[0], n[1] + shift, n[2], n[3]) for n in score.notes if n[1] >= lowest]
        shift += score.end
    return bars, notes


def _tempo(score: Score, draw: random.Random) -> float:
    """Beats a minute between 48 and 205, such that the score stays playable."""
    _, numerator, denominator = score.bars[0]
    unit = beat_length(numerator, denominator)
    onsets = len({(round(note[1], 3)) for note in score.notes}) / max(score.end, 1.0) * unit  # a beat
    compound = numerator in (6, 9, 12) and denominator >= 8
    for _ in range(40):
        bpm = 48.0 * (205.0 / 48.0) ** draw.random()
        if compound or denominator == 2:
            bpm = 44.0 * (150.0 / 44.0) ** draw.random()
        if denominator == 8 and not compound:
            bpm = draw.uniform(150.0, 280.0)
        rate = onsets * bpm / 60.0
        if 0.8 <= rate <= 11.0:
            return bpm
    return 90.0


def _time_map(bars, bpm, draw, seconds):  # type: ignore[no-untyped-def]
    """A function from quarter notes to seconds, and what kind of tempo it is."""
    kind = draw.choices(("steady", "drift", "slowing", "rushing", "steps"), (0.56, 0.16, 0.1, 0.06, 0.12))[0]
    total = bars[-1][0] + 4 * bars[-1][1] / bars[-1][2]
    speeds, pace = [], 1.0
    played = 0.0
    until = draw.uniform(0.3, 0.8) * seconds
    step_bar = until
    for begin, numerator, denominator in bars:
        unit = beat_length(numerator, denominator)
        count = round(4 * numerator / denominator / unit)
        for beat in range(count):
            if kind == "drift":
                pace = min(1.12, max(0.9, pace * (1.0 + draw.gauss(0.0, 0.012))))
            elif kind == "slowing" and played > until:
                pace = max(0.55, pace * 0.982)
            elif kind == "rushing" and played > until:
                pace = min(1.5, pace * 1.012)
            elif kind == "steps" and beat == 0 and played > step_bar:
                pace *= draw.choice((0.72, 0.8, 0.88, 1.13, 1.25, 1.38))
                pace = min(1.5, max(0.66, pace))
                step_bar = played + draw.uniform(8.0, 20.0)
            length = 60.0 / (bpm * pace)
            speeds.append((begin + beat * unit, unit, length, played))
            played += length
    places = [entry[0] for entry in speeds]

    def seconds_of(quarters: float) -> float:
        begin, unit, length, at = speeds[
            max(0, min(len(speeds) - 1, bisect_right(places, quarters + 1e-9) - 1))
        ]
        return at + (quarters - begin) / unit * length

    assert total > 0
    return seconds_of, kind


def _play(result, score, notes, bars, when, draw):  # type: ignore[no-untyped-def]
    parts = sorted({note[0] for note in notes})[:12]
    channels = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    ensemble = draw.choice(ENSEMBLES) if len(parts) > 1 or draw.random() < 0.3 else (draw.choice(LEADS),)
    if draw.random() < 0.25:
        ensemble = tuple(draw.choice(LEADS) for _ in parts)
    jitter = draw.choice((0.0, 0.0, 0.0, 0.003, 0.006, 0.01))
    loud = draw.choice((0.0, 0.0, 10.0, 18.0))  # how much notes on beats are accented
    detached = draw.uniform(0.5, 1.0)
    starts = [bar[0] for bar in bars]
    for index in range(len(parts)):
        result.programs[channels[index]] = ensemble[min(index, len(ensemble) - 1)]
    melody_gain = draw.choice((0, 0, -15))
    for part, onset, length, pitch in notes:
        if part not in parts:
            continue
        begin = when(onset)
        stop = when(onset + length)
        bar = bars[max(0, bisect_right(starts, onset + 1e-9) - 1)]
        place = (onset - bar[0]) / beat_length(bar[1], bar[2])
        accent = loud if abs(place) < 0.01 else 0.5 * loud if abs(place - round(place)) < 0.01 else 0.0
        velocity = int(min(127, max(25, 78 + melody_gain + accent + draw.gauss(0.0, 6.0))))
        at = max(0.0, begin + draw.gauss(0.0, jitter))
        result.notes.append(
            (at, max(0.05, (stop - begin) * detached), channels[parts.index(part)], pitch, velocity)
        )
    if draw.random() < (0.6 if len(parts) < 3 else 0.12):
        _accompany(result, notes, bars, when, draw, channels[len(parts) : len(parts) + 2])
    if draw.random() < 0.58:
        result.drums, hits = drum_hits(bars, beat_length, draw)
        level = draw.uniform(0.55, 1.0)
        for quarters, key, velocity in hits:
            at = max(0.0, when(quarters) + draw.gauss(0.0, jitter * 0.7))
            result.notes.append((at, 0.1, DRUM_CHANNEL, key, int(min(127, max(12, velocity * level)))))
    result.notes.sort()


def _accompany(result, notes, bars, when, draw, channels):  # type: ignore[no-untyped-def]
    """Bass and chords under a tune: for each half bar the triad that holds most of its notes."""
    result.programs[channels[0]] = draw.choice(BASSES)
    result.programs[channels[1]] = draw.choice(CHORDS)
    manner = draw.choice(("oompah", "oompah", "block", "strum", "offbeat", "bassline", "push"))
    by_time = [note[1] for note in notes]
    order = sorted(range(len(notes)), key=lambda index: by_time[index])
    times = [by_time[index] for index in order]
    for begin, numerator, denominator in bars:
        unit = beat_length(numerator, denominator)
        count = round(4 * numerator / denominator / unit)
        spans = [(0, count)] if count < 4 else [(0, count // 2), (count // 2, count)]
        for low, high in spans:
            first = bisect_right(times, begin + low * unit - 1e-6)
            last = bisect_right(times, begin + high * unit - 1e-6)
            weights = [0.0] * 12
            for index in order[first:last]:
                weights[notes[index][3] % 12] += notes[index][2]
            triads = [(root, kind) for root in range(12) for kind in ((0, 4, 7), (0, 3, 7))]
            root, kind = max(
                triads, key=lambda t: sum(weights[(t[0] + step) % 12] for step in t[1]) + 0.1 * weights[t[0]]
            )
            bass, chord = 36 + root % 12, [48 + (root + step) % 12 for step in kind]
            for beat in range(low, high):
                at = begin + beat * unit
                for place, what, length in _figure(manner, beat - low, beat, numerator in (6, 9, 12)):
                    quarters = at + place * unit
                    pitches = chord if what == "chord" else [bass if what == "bass" else bass + 7]
                    channel = channels[1] if what == "chord" else channels[0]
                    for pitch in pitches:
                        velocity = int(min(127, max(20, draw.gauss(68 if what == "chord" else 82, 5))))
                        time = when(quarters)
                        result.notes.append(
                            (time, max(0.05, when(quarters + length * unit) - time), channel, pitch, velocity)
                        )


def _figure(manner: str, beat: int, place: int, compound: bool) -> list[tuple[float, str, float]]:
    half = 2.0 / 3.0 if compound else 0.5
    if manner == "oompah":
        if compound:
            return [(0.0, "bass", 0.6), (half, "chord", 0.3)]
        return [(0.0, "bass", 0.8)] if beat == 0 else [(0.0, "chord", 0.5)]
    if manner == "block":
        return [(0.0, "bass", 0.9), (0.0, "chord", 0.9)] if beat == 0 else []
    if manner == "strum":
        return [(0.0, "bass" if beat == 0 else "fifth", 0.9), (0.0, "chord", 0.4), (half, "chord", 0.3)]
    if manner == "offbeat":
        return [(0.0, "bass", 0.5), (half, "chord", 0.3)]
    if manner == "bassline":
        return [(0.0, "bass", 0.45), (half, "fifth" if beat % 2 else "bass", 0.45)]
    return (
        [(0.0, "bass", 0.9), (0.0, "chord", 0.5)]
        if beat == 0
        else [(half, "chord", 0.5), (half, "bass", 0.5)]
    )

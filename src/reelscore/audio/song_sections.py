"""Sections of a song: where it changes, and which parts are alike.

Bars (or seconds, if there is no beat) are described by their harmony and timbre and compared with each
other. Borders are where the two sides of a moment differ as whole stretches (Foote, "Automatic audio
segmentation using a measure of audio novelty", ICME 2000); stretches that are alike get the same letter.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from reelscore.audio.mel import log1p, mel_to_hz
from reelscore.records import BeatGrid, DoubleArray, FloatArray, SongSection

# Without beats the unit of time; a section has at least this many units, or this many seconds.
_SECONDS_A_UNIT = 1.0
_FEWEST_UNITS, _SHORTEST_SECONDS = 4, 6.0
# Units on either side of a border that are compared, at most.
_KERNEL_UNITS = 8
# How far the novelty of a border stands out of all novelty, in its deviations, and at least by itself.
_STANDS_OUT, _LEAST_NOVELTY = 0.6, 0.045
# Two stretches are the same part if their likeness, -1..1, is at least this.
_SAME_PART = 0.78
_MOST_LETTERS = 26
_TOP_HZ = 10000.0
# From which difference of level (dB), brightness (octaves) and busyness on a change is worth a word.
_LOUDER_DB, _BRIGHTER, _BUSIER = 2.5, 0.3, 0.3


def find_sections(
    mels: FloatArray, rate: float, grid: BeatGrid, energy_curve: tuple[float, ...], *, start: float = 0.0
) -> tuple[SongSection, ...]:
    """Sections from the beginning to the end, without gaps.

    Parameters
    ----------
    mels
        float32 of shape (frames, 96): mel power.
    rate
        Frames a second.
    grid
        Of the same sound; its bars are the units that sections are made of.
    energy_curve
        0..1, one value a second, as `MusicFeatures` has it.
    start
        Seconds at which the first frame lies in its file.
    """
    length = len(mels) / rate
    if length < 2 * _SHORTEST_SECONDS:
        return (_one(start, start + length, energy_curve, start),) if length > 0.0 else ()
    edges = _unit_edges(grid, length, start)
    described, level, bright, busy = _described(mels, rate, edges)
    borders = _borders(described, edges)
    letters = _letters(described, borders)
    sections: list[SongSection] = []
    for index, (low, high) in enumerate(pairwise(borders)):
        begin, end = float(edges[low]) + start, float(edges[high]) + start
        change = ""
        if index:
            before = slice(borders[index - 1], low)
            here = slice(low, high)
            change = _change(
                float(level[here].mean() - level[before].mean()),
                float(bright[here].mean() - bright[before].mean()),
                float(np.log2((busy[here].mean() + 1e-3) / (busy[before].mean() + 1e-3))),
                new_part=letters[index] != letters[index - 1],
            )
        energy = _mean_energy(energy_curve, begin - start, end - start)
        sections.append(SongSection(begin, end, letters[index], energy, change))
    return tuple(sections)


def phrase_starts(grid: BeatGrid, sections: tuple[SongSection, ...], *, bars: int = 4) -> tuple[float, ...]:
    """Seconds at which phrases of `bars` bars begin, counted from each section that begins on a bar."""
    downbeats = np.array(grid.downbeats)
    if not len(downbeats) or bars < 1:
        return ()
    found: list[float] = []
    for section in sections:
        inside = downbeats[(downbeats >= section.start - 0.05) & (downbeats < section.end - 0.05)]
        found += inside[::bars].tolist()
    return tuple(found)


def _one(begin: float, end: float, energy_curve: tuple[float, ...], start: float) -> SongSection:
    return SongSection(begin, end, "A", _mean_energy(energy_curve, begin - start, end - start), "")


def _mean_energy(curve: tuple[float, ...], begin: float, end: float) -> float | None:
    values = curve[int(begin) : max(int(begin) + 1, int(np.ceil(end)))]
    return float(np.mean(values)) if values else None


def _unit_edges(grid: BeatGrid, length: float, start: float) -> DoubleArray:
    """Bar lines, with the beginning and the end of the sound; whole seconds if there are no bars."""
    lines = np.array(grid.downbeats) - start
    lines = lines[(lines > 0.25) & (lines < length - 0.25)]
    if len(lines) < 2 * _FEWEST_UNITS:
        lines = np.arange(_SECONDS_A_UNIT, length - 0.5, _SECONDS_A_UNIT)
    # What lies before the first and behind the last bar is cut into pieces of about a bar too.
    step = float(np.median(np.diff(lines))) if len(lines) > 1 else _SECONDS_A_UNIT
    before = lines[0] - step * np.arange(int((lines[0] - 0.5 * step) // step), 0, -1)
    after = lines[-1] + step * np.arange(1, int((length - lines[-1] - 0.5 * step) // step) + 1)
    inner = np.concatenate([before, lines, after])
    return np.concatenate([[0.0], inner[(inner > 0.0) & (inner < length)], [length]])


def _described(
    mels: FloatArray, rate: float, edges: DoubleArray
) -> tuple[DoubleArray, DoubleArray, DoubleArray, DoubleArray]:
    """Each unit as a vector of harmony and timbre, and its level (dB), brightness (octaves) and busyness."""
    cuts = np.clip(np.round(edges * rate).astype(int), 0, len(mels))
    cuts = np.maximum.accumulate(np.minimum(cuts, len(mels) - 1))
    lengths = np.maximum(np.diff(cuts), 1)[:, None]
    root = log1p(1000.0 * np.sqrt(mels / max(float(np.quantile(mels.max(axis=1), 0.98)), 1e-12)))
    mean = np.add.reduceat(root, cuts[:-1], axis=0)[: len(lengths)] / lengths
    rises = np.maximum(np.diff(root, axis=0, prepend=root[:1]), 0.0)
    rise = np.add.reduceat(rises, cuts[:-1], axis=0)[: len(lengths)] / lengths
    power = np.add.reduceat(mels.astype(np.float64).sum(axis=1), cuts[:-1])[: len(lengths)] / lengths[:, 0]
    hz = mel_to_hz(np.arange(1, mels.shape[1] + 1) / (mels.shape[1] + 1) * _mel_top())
    weight = mean - mean.min() + 1e-6
    bright = (weight * np.log2(np.maximum(hz, 30.0))).sum(axis=1) / weight.sum(axis=1)
    # Timbre by a cosine transform over the bands, harmony by what the smooth part leaves, attacks by band.
    bands = np.arange(mels.shape[1])
    basis = np.cos(np.pi * np.outer(np.arange(1, 14), bands + 0.5) / mels.shape[1])
    smooth = mean @ basis.T
    rest = mean - np.stack([np.convolve(row, np.ones(9) / 9.0, mode="same") for row in mean])
    hits = rise.reshape(len(rise), 12, -1).mean(axis=2)
    parts = [_scaled(smooth), _scaled(rest[:, 4:80]), _scaled(hits)]
    return np.concatenate(parts, axis=1), 10.0 * np.log10(power + 1e-12), bright, rise.mean(axis=1)


def _mel_top() -> float:
    from reelscore.audio.mel import hz_to_mel

    return hz_to_mel(_TOP_HZ)


def _scaled(values: DoubleArray) -> DoubleArray:
    """Deviations from the mean of the song, such that each part of a description counts alike."""
    centred: DoubleArray = values - np.median(values, axis=0)
    scaled: DoubleArray = centred / (np.sqrt(np.mean(np.sum(np.square(centred), axis=1))) + 1e-9)
    return scaled


def _likeness(described: DoubleArray) -> DoubleArray:
    """Of each unit with each, 0..1, falling with their distance."""
    squares = np.square(described).sum(axis=1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2.0 * described @ described.T, 0.0))
    usual = float(np.median(distance)) + 1e-9
    likeness: DoubleArray = np.exp(-distance / usual)
    return likeness


def _borders(described: DoubleArray, edges: DoubleArray) -> list[int]:
    """Indices of the edges at which sections begin, with 0 and the last."""
    count = len(described)
    likeness = _likeness(described)
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = likeness.cumsum(axis=0).cumsum(axis=1)

    def mean(a: int, b: int, c: int, d: int) -> float:
        return float(sums[b, d] - sums[a, d] - sums[b, c] + sums[a, c]) / max((b - a) * (d - c), 1)

    novelty = np.zeros(count + 1)
    for index in range(2, count - 1):
        low, high = max(0, index - _KERNEL_UNITS), min(count, index + _KERNEL_UNITS)
        inside = 0.5 * (mean(low, index, low, index) + mean(index, high, index, high))
        # Units are like themselves; that must not make short sides look closer.
        inside -= 0.5 * (1.0 / (index - low) + 1.0 / (high - index))
        novelty[index] = inside - mean(low, index, index, high)
    typical = float(np.median(novelty[2 : count - 1])) if count > 4 else 0.0
    threshold = max(_LEAST_NOVELTY, typical + _STANDS_OUT * float(novelty.std()))
    chosen = [0]
    order = sorted(range(2, count - 1), key=lambda index: -novelty[index])
    taken: list[int] = []
    for index in order:
        if novelty[index] < threshold:
            break
        clear = all(
            abs(index - other) >= _FEWEST_UNITS and abs(edges[index] - edges[other]) >= _SHORTEST_SECONDS
            for other in [*taken, 0, count]
        )
        if clear:
            taken.append(index)
    chosen += sorted(taken)
    return [*chosen, count]


def _letters(described: DoubleArray, borders: list[int]) -> list[str]:
    """The first part is A; a later one gets the letter of the one that it is most like, or a new one."""
    spans = list(pairwise(borders))
    means = np.stack([described[low:high].mean(axis=0) for low, high in spans])
    within = np.array(
        [np.square(described[low:high] - means[i]).sum(axis=1).mean() for i, (low, high) in enumerate(spans)]
    )
    letters: list[int] = []
    for index in range(len(spans)):
        best, best_ratio = -1, np.inf
        for other in range(index):
            apart = float(np.square(means[index] - means[other]).sum())
            spread = 0.5 * float(within[index] + within[other]) + 0.05
            if apart / spread < best_ratio:
                best, best_ratio = other, apart / spread
        if best >= 0 and best_ratio < 1.0 - _SAME_PART + 0.3:
            letters.append(letters[best])
        else:
            letters.append(min(max(letters, default=-1) + 1, _MOST_LETTERS - 1))
    return [chr(ord("A") + letter) for letter in letters]


def _change(level: float, bright: float, busy: float, *, new_part: bool) -> str:
    """What is different from the section before, in words."""
    words = []
    if abs(level) >= _LOUDER_DB:
        words.append("louder" if level > 0 else "quieter")
    if abs(busy) >= _BUSIER:
        words.append("busier" if busy > 0 else "calmer")
    if abs(bright) >= _BRIGHTER:
        words.append("brighter" if bright > 0 else "darker")
    if not words:
        words.append("new part" if new_part else "same part again")
    return ", ".join(words)

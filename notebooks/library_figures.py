"""Figures of many songs, for notebooks: spectrograms, fingerprints, distributions, likeness, and a map.

All take plain values and one group name for each song, such as its genre; groups beyond the seven largest
are drawn as "other".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reelscore.plots.canvas import (
    ACCENT,
    INK,
    MUTED,
    SECOND,
    drawing,
    new_figure,
    remark,
    say_nothing_to_show,
    shorten,
)
from reelscore.plots.track import draw_fingerprint, draw_spectrogram
from reelscore.records import AudioClip, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with any colour vision can tell apart, less the pale yellow; each
# group has a marker of its own too.
GROUP_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#22252b")
GROUP_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
OTHER_COLOUR, OTHER_MARKER = "#a3a8b1", "."
OTHER = "other"
# Neighbours share all notes but one, so keys that mix well stand together.
_FIFTHS = ("C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F")
_SAME_NOTE = {"C#": "Db", "D#": "Eb", "Gb": "F#", "G#": "Ab", "A#": "Bb"}
_MOST_NAMES = 45  # at the side of a matrix


def similarity_matrix(vectors: FloatArray) -> FloatArray:
    """Cosine of each pair of vectors (n, dim) once their mean is taken off: (n, n), -1..1.

    Vectors of music point much the same way, and plain cosines lie close together; without what all songs
    have in common the differences show.
    """
    centred = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.maximum(lengths, 1e-12)
    similarity: FloatArray = (unit @ unit.T).astype(np.float32)
    return similarity


def principal_components(
    vectors: FloatArray, count: int = 2
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The directions in which vectors (n, dim) differ most (principal component analysis, by SVD).

    Returns
    -------
    Coordinates (n, count), and the share of all variance that each of them shows (count,). Signs are
    chosen so that the largest coordinate is positive: the same songs always give the same map.
    """
    centred = np.asarray(vectors, dtype=np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    found = min(count, len(strengths))
    points, shares = np.zeros((len(centred), count)), np.zeros(count)
    points[:, :found] = left[:, :found] * strengths[:found]
    largest = points[np.abs(points).argmax(axis=0), np.arange(count)]
    points *= np.where(largest < 0.0, -1.0, 1.0)
    shares[:found] = (np.square(strengths) / max(float(np.square(strengths).sum()), 1e-12))[:found]
    return points, shares


def plot_spectrograms(clips: Mapping[str, AudioClip]) -> Figure:
    """Log-mel spectrograms beside each other, two in a row; title -> sound."""
    with drawing():
        rows = max(1, math.ceil(len(clips) / 2))
        figure = new_figure(11.5, 2.5 * rows)
        for place, (title, clip) in enumerate(clips.items()):
            axes = figure.add_subplot(rows, 2, place + 1)
            draw_spectrogram(axes, clip, title=shorten(title, 50), scale=place % 2 == 1)
    return figure


def plot_fingerprints(fingerprints: Mapping[str, FloatArray]) -> Figure:
    """Fingerprints, float32 of shape (256,), laid over each other; a handful reads best."""
    with drawing():
        figure = new_figure(11.5, 5.0)
        mean, deviation = figure.subplots(2, 1)
        colours = dict(zip(fingerprints, cycle(GROUP_COLOURS), strict=False))
        draw_fingerprint(mean, deviation, fingerprints, colours=colours)
    return figure


def plot_distributions(
    *,
    tempo_bpm: Sequence[float | None],
    keys: Sequence[str | None],
    loudness_lufs: Sequence[float | None],
    energy: Sequence[float | None],
    groups: Mapping[str, Sequence[str]],
) -> Figure:
    """How tempo, key, loudness and energy spread over the songs.

    Parameters
    ----------
    tempo_bpm, keys, loudness_lufs, energy
        One value for each song; None where nothing was found.
    groups
        Kind of grouping, such as "mood" -> the group of each song; the energy is shown by each of them.
    """
    with drawing():
        figure = new_figure(11.5, 5.6 if groups else 3.0)
        above, *below = figure.subfigures(2 if groups else 1, 1, squeeze=False)[:, 0]
        axes = above.subplots(1, 3)
        _draw_histogram(axes[0], tempo_bpm, "Tempo", "bpm", width=10.0)
        _draw_keys(axes[1], keys)
        _draw_histogram(axes[2], loudness_lufs, "Loudness", "LUFS", width=1.0)
        if groups:
            for place, (kind, names) in zip(
                below[0].subplots(1, len(groups), squeeze=False)[0], groups.items(), strict=True
            ):
                _draw_by_group(place, energy, names, title=f"Energy by {kind}")
    return figure


def plot_similarity(
    matrices: Mapping[str, FloatArray], *, groups: Sequence[str], names: Sequence[str]
) -> Figure:
    """Matrices of likeness beside each other, songs in the order of their groups.

    Parameters
    ----------
    matrices
        Title -> (n, n), -1..1.
    groups
        Group of each song; thin lines part them.
    names
        Of the songs; written at the side while they can be read.
    """
    order = sorted(range(len(groups)), key=lambda song: (groups[song], names[song]))
    ordered = [groups[song] for song in order]
    edges = [place for place in range(1, len(ordered)) if ordered[place] != ordered[place - 1]]
    bounds = [0, *edges, len(ordered)]
    with drawing():
        named = len(order) <= _MOST_NAMES
        figure = new_figure(11.5, (8.9 if named else 10.6) / max(len(matrices), 1) + 0.7)
        image = None
        all_axes = figure.subplots(1, len(matrices), squeeze=False)[0]
        for place, (axes, (title, matrix)) in enumerate(zip(all_axes, matrices.items(), strict=True)):
            image = axes.imshow(matrix[np.ix_(order, order)], cmap="RdBu_r", vmin=-1.0, vmax=1.0)
            for edge in edges:
                axes.axhline(edge - 0.5, color=INK, linewidth=0.7)
                axes.axvline(edge - 0.5, color=INK, linewidth=0.7)
            axes.set_title(title)
            axes.set_xticks(
                [(low + high - 1) / 2 for low, high in pairwise(bounds)],
                labels=[shorten(ordered[low], 14) for low in bounds[:-1]] if ordered else [],
            )
            axes.set_yticks([])
            if place == 0 and named:
                axes.set_yticks(range(len(order)), labels=[shorten(names[song], 28) for song in order])
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
        if image is not None:
            bar = figure.colorbar(image, ax=list(all_axes), shrink=0.6, aspect=30, pad=0.01)
            bar.set_label("likeness")
            bar.outline.set_visible(False)
    return figure


def plot_map(
    points: NDArray[np.float64],
    shares: ArrayLike,
    *,
    groups: Mapping[str, Sequence[str]],
    names: Sequence[str] = (),
) -> Figure:
    """A map of songs, drawn once for each kind of grouping.

    Parameters
    ----------
    points
        (n, 2), as `principal_components` gives them.
    shares
        (2,) share of the variance that each axis shows.
    groups
        Kind of grouping, such as "genre" -> the group of each song, which chooses colour and marker.
    names
        Of the songs, written beside their points; none by default.
    """
    across, up = np.asarray(shares, dtype=np.float64)[:2]
    with drawing():
        figure = new_figure(11.5, 11.5 / max(len(groups), 1) * 0.85 + 0.4)
        all_axes = figure.subplots(1, max(len(groups), 1), squeeze=False)[0]
        for axes, (kind, members) in zip(all_axes, groups.items(), strict=True):
            _draw_points(axes, points, members)
            axes.set_title(f"Coloured by {kind}")
            axes.set(xlabel=f"first direction, {across:.0%} of the variance")
            axes.set(ylabel=f"second direction, {up:.0%}")
            axes.set(xticks=(), yticks=())
            for (x, y), name in zip(points, names, strict=False):
                axes.annotate(
                    shorten(name, 24), (x, y), xytext=(4, 3), textcoords="offset points", fontsize=6.5
                )
    return figure


def _draw_points(axes: Axes, points: NDArray[np.float64], members: Sequence[str]) -> None:
    looks = look_of_groups(members)
    of_song = np.asarray(members, dtype=object)
    for name, (colour, marker) in looks.items():
        chosen = points[of_song == name]
        axes.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=46,
            color=colour,
            marker=marker,
            linewidths=0.6,
            edgecolors="white",
            label=f"{shorten(name, 24)} ({len(chosen)})",
        )
    rest = points[[name not in looks for name in members]]
    if len(rest):
        axes.scatter(
            rest[:, 0],
            rest[:, 1],
            s=30,
            color=OTHER_COLOUR,
            marker=OTHER_MARKER,
            label=f"{OTHER} ({len(rest)})",
        )
    axes.legend(loc="best", handletextpad=0.2)


def _known(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([value for value in values if value is not None], dtype=np.float64)


def _draw_histogram(
    axes: Axes, values: Sequence[float | None], title: str, unit: str, *, width: float
) -> None:
    axes.set_title(title)
    axes.set_xlabel(unit)
    known = _known(values)
    if not len(known):
        say_nothing_to_show(axes, "not found in any song")
        return
    low, high = math.floor(known.min() / width) * width, math.ceil((known.max() + 1e-9) / width) * width
    while (high - low) / width > 24:
        width *= 2.0
    axes.hist(known, bins=np.arange(low, high + 0.5 * width, width).tolist(), color=ACCENT, rwidth=0.92)
    axes.axvline(float(np.median(known)), color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    remark(axes, f"median {np.median(known):.1f}".replace("-", "−"))
    axes.set_ylabel("songs")
    axes.locator_params(axis="y", integer=True, nbins=6)
    axes.grid(axis="y")


def _draw_keys(axes: Axes, keys: Sequence[str | None]) -> None:
    counts = {mode: np.zeros(12) for mode in ("major", "minor")}
    for key in keys:
        note, _, mode = (key or "").partition(" ")
        note = _SAME_NOTE.get(note, note)
        if note in _FIFTHS and mode in counts:
            counts[mode][_FIFTHS.index(note)] += 1
    axes.set_title("Key")
    if not any(count.any() for count in counts.values()):
        say_nothing_to_show(axes, "not found in any song")
        return
    places = np.arange(12)
    axes.bar(places, counts["major"], color=ACCENT, width=0.8, label="major")
    axes.bar(places, counts["minor"], bottom=counts["major"], color=SECOND, width=0.8, label="minor")
    axes.set_xticks(places, labels=_FIFTHS)
    axes.set_xlabel("along the circle of fifths")
    axes.locator_params(axis="y", integer=True, nbins=6)
    axes.grid(axis="y")
    axes.legend(loc="best")


def _draw_by_group(axes: Axes, values: Sequence[float | None], members: Sequence[str], *, title: str) -> None:
    """One dot for each song in a row for each group, and the median as a bar."""
    looks = look_of_groups(members)
    rows = [*looks, *([OTHER] if any(name not in looks for name in members) else [])]
    axes.set_title(title)
    for row, name in enumerate(rows):
        inside = [member == name if name in looks else member not in looks for member in members]
        known = _known([value for value, kept in zip(values, inside, strict=True) if kept])
        colour, marker = looks.get(name, (OTHER_COLOUR, OTHER_MARKER))
        # Neighbours are moved apart a little, always in the same way, so that none hides another.
        shift = (np.argsort(np.argsort(known)) % 3 - 1) * 0.13
        axes.scatter(known, row + shift, s=34, color=colour, marker=marker, alpha=0.85, linewidths=0)
        if len(known):
            middle = float(np.median(known))
            axes.plot([middle, middle], [row - 0.36, row + 0.36], color=INK, linewidth=1.4)
    axes.set_yticks(range(len(rows)), labels=[shorten(name, 18) for name in rows], color=INK)
    axes.set(xlim=(0.0, 1.0), ylim=(len(rows) - 0.4, -0.6), xlabel="energy, 0..1")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    remark(axes, "bar: median")
    axes.spines["left"].set_color(MUTED)


def main_groups(groups: Sequence[str], most: int = len(GROUP_COLOURS)) -> list[str]:
    """The names of the largest groups, at most `most`, in the order of the alphabet."""
    names, counts = np.unique(np.asarray(groups, dtype=str), return_counts=True)
    largest = sorted(zip(-counts, names.tolist(), strict=True))[:most]
    return sorted(name for _, name in largest)


def look_of_groups(groups: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Group -> colour and marker; groups that are not among the largest are left out."""
    return dict(zip(main_groups(groups), zip(GROUP_COLOURS, GROUP_MARKERS, strict=True), strict=False))

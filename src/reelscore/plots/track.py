"""One figure of one track: spectrogram with beats, energy, fingerprint, tags, and the measured numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from reelscore.audio.fingerprint import BANDS, FLOOR_DB, HOP, N_FFT
from reelscore.audio.mel import mel_spectrogram, power_to_db
from reelscore.plots.canvas import (
    ACCENT,
    FAINT,
    INK,
    MUTED,
    SECOND,
    drawing,
    label_mel_axis,
    label_time_axis,
    new_figure,
    remark,
    say_nothing_to_show,
    shorten,
)
from reelscore.records import AudioClip, FloatArray, MusicFeatures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOUR_MAP = "magma"
_MOST_COLUMNS = 1600  # of a spectrogram: more than a picture has pixels for
_MOST_BEAT_LINES = 160  # more would hide what they lie on
_MOST_BEAT_TICKS = 600  # more would be a solid bar
_TAGS_SHOWN = 10


def plot_track(
    clip: AudioClip,
    features: MusicFeatures,
    fingerprint: FloatArray,
    tags: Mapping[str, float],
    *,
    title: str,
) -> Figure:
    """All that is measured in a track, in one figure.

    Parameters
    ----------
    clip
        Its sound; the spectrogram is made at the rate that the clip has.
    features
        What was measured in it.
    fingerprint
        float32 of shape (256,): 128 means and 128 deviations of the mel bands of sound at 22,050 Hz.
    tags
        Tag -> probability, 0..1; the ten strongest are shown.
    title
        Name of the track.

    Raises
    ------
    ConfigurationError
        Matplotlib is not installed.
    """
    with drawing():
        figure = new_figure(11.5, 9.0)
        rows = figure.add_gridspec(4, 1, height_ratios=(0.85, 3.1, 1.1, 3.0))
        below = rows[3].subgridspec(1, 2, width_ratios=(1.25, 1.0))
        profiles = below[0].subgridspec(2, 1)
        _write_header(figure.add_subplot(rows[0]), features, title)
        spectrogram = figure.add_subplot(rows[1])
        draw_spectrogram(spectrogram, clip)
        spectrogram.tick_params(axis="x", labelbottom=False)  # those of the energy below it count
        _draw_beats(spectrogram, features.beats)
        _draw_energy(figure.add_subplot(rows[2], sharex=spectrogram), clip, features)
        mean, deviation = figure.add_subplot(profiles[0]), figure.add_subplot(profiles[1])
        draw_fingerprint(mean, deviation, {"": fingerprint}, colours={"": ACCENT})
        _draw_tags(figure.add_subplot(below[1]), tags)
    return figure


def spectrogram_db(clip: AudioClip) -> FloatArray:
    """Mel spectrogram in dB below the loudest value, float32 of shape (128, at most about 1,600).

    It is the one that the fingerprint is made from. Of long sound, neighbouring frames are averaged.
    """
    mels = mel_spectrogram(clip.samples, clip.sample_rate, n_fft=N_FFT, hop=HOP, n_mels=BANDS)
    step = -(-len(mels) // _MOST_COLUMNS)
    if step > 1:
        starts = np.arange(0, len(mels), step)
        counts = np.diff(np.append(starts, len(mels))).astype(np.float32)
        mels = (np.add.reduceat(mels, starts, axis=0) / counts[:, None]).astype(np.float32)
    loudest = float(mels.max(initial=0.0)) or 1.0
    return power_to_db(mels, reference=loudest, floor_db=FLOOR_DB).T


def draw_spectrogram(axes: Axes, clip: AudioClip, *, title: str = "Spectrogram", scale: bool = True) -> None:
    """A log-mel spectrogram over the time of the track; `scale` adds the bar that says what a colour is."""
    decibels = spectrogram_db(clip)
    end = clip.start + clip.duration
    image = axes.imshow(
        decibels,
        origin="lower",
        aspect="auto",
        cmap=COLOUR_MAP,
        vmin=FLOOR_DB,
        vmax=0.0,
        extent=(clip.start, end, -0.5, BANDS - 0.5),
    )
    label_mel_axis(axes.yaxis, bands=BANDS, sample_rate=clip.sample_rate)
    label_time_axis(axes.xaxis, end)
    axes.set(xlim=(clip.start, end), ylim=(-0.5, BANDS - 0.5))
    axes.spines[:].set_visible(False)
    axes.set_title(title)
    if scale:
        axes.set_ylabel("Hz")
        bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.012, 0.0, 0.011, 1.0)))
        bar.set_ticks([FLOOR_DB, FLOOR_DB / 2.0, 0.0])
        bar.set_label("dB below the loudest")
        bar.outline.set_visible(False)


def draw_fingerprint(
    mean: Axes, deviation: Axes, fingerprints: Mapping[str, FloatArray], *, colours: Mapping[str, str]
) -> None:
    """The two halves of fingerprints as profiles over frequency: how loud, and how much it varies.

    `fingerprints`: name -> float32 of shape (256,) made at 22,050 Hz; one alone is filled, several get a
    legend.
    """
    bands = np.arange(BANDS)
    for name, vector in fingerprints.items():
        for axes, values in ((mean, vector[:BANDS]), (deviation, vector[BANDS:])):
            axes.plot(bands, values, color=colours[name], linewidth=1.3, label=name)
            if len(fingerprints) == 1:
                floor = 0.0 if axes is deviation else float(values.min())
                axes.fill_between(bands, floor, values, color=colours[name], alpha=0.15, linewidth=0)
    for axes in (mean, deviation):
        label_mel_axis(axes.xaxis, bands=BANDS, sample_rate=22050)
        axes.set_xlim(0, BANDS - 1)
        axes.grid(axis="y")
        axes.locator_params(axis="y", nbins=4)
    mean.tick_params(axis="x", labelbottom=False)
    deviation.set_ylim(bottom=0.0)
    deviation.set_xlabel("Hz")
    mean.set_title("Fingerprint: mean level of each mel band")
    deviation.set_title("Fingerprint: how much the level varies")
    remark(mean, "values of the unit vector")
    if len(fingerprints) > 1:
        mean.legend(loc="lower left", ncols=4)


def _write_header(axes: Axes, features: MusicFeatures, title: str) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    texts = [axes.text(0.0, 1.0, shorten(title, 75), fontsize=15, fontweight="bold", va="top")]
    facts = _facts(features)
    for place, (name, value, more) in enumerate(facts):
        x = place / len(facts)
        texts.append(axes.text(x, 0.54, name, fontsize=8, color=MUTED, va="center"))
        texts.append(axes.text(x, 0.30, value, fontsize=13, va="center"))
        texts.append(axes.text(x, 0.07, more, fontsize=8, color=MUTED, va="center"))
    for text in texts:
        text.set_in_layout(False)  # a long title must not press the rest of the figure aside


def _facts(features: MusicFeatures) -> list[tuple[str, str, str]]:
    """Name, value and remark of each number that is worth a glance."""

    def number(value: float | None, form: str, unit: str = "") -> str:
        return "not found" if value is None else f"{value:{form}}{unit}".replace("-", "−")

    tempo_more = key_more = ""
    if features.tempo_bpm is not None:
        tempo_more = f"confidence {features.tempo_confidence:.2f}"
        if features.tempo_alternative_bpm is not None:
            tempo_more += f", or {features.tempo_alternative_bpm:.0f}"
    if features.key is not None:
        key_more = f"confidence {features.key_confidence:.2f}"
    loudness_range = features.loudness_range
    seconds = round(features.duration)
    return [
        ("tempo", number(features.tempo_bpm, ".1f", " bpm"), tempo_more),
        ("key", features.key or "not found", key_more),
        (
            "loudness",
            number(features.loudness_lufs, ".1f", " LUFS"),
            "" if loudness_range is None else f"range {loudness_range:.1f} LU",
        ),
        ("energy", number(features.energy, ".2f"), "0 calm, 1 driving"),
        ("onsets", number(features.onset_rate, ".1f", " /s"), "notes and hits"),
        ("brightness", number(features.brightness_hz, ".0f", " Hz"), "spectral centroid"),
        ("length", f"{seconds // 60}:{seconds % 60:02d}", "that was analysed"),
    ]


def _draw_beats(axes: Axes, beats: tuple[float, ...]) -> None:
    if not beats:
        words = "no beats found"
    elif len(beats) > _MOST_BEAT_TICKS:
        words = f"{len(beats)} beats, too close together to draw"
    else:
        words = f"white lines: {len(beats)} beats"
        top = BANDS - 0.5
        axes.vlines(beats, top - 5.0, top, color="white", linewidth=1.0)
        if len(beats) <= _MOST_BEAT_LINES:
            axes.vlines(beats, -0.5, top, color="white", linewidth=0.6, alpha=0.4)
    remark(axes, words)


def _draw_energy(axes: Axes, clip: AudioClip, features: MusicFeatures) -> None:
    axes.set_title("Energy")
    axes.set(ylim=(0.0, 1.0), yticks=(0.0, 0.5, 1.0))
    axes.grid(axis="y")
    curve = np.asarray(features.energy_curve)
    if not len(curve):
        say_nothing_to_show(axes, "not found")
        return
    # A value is about the second that begins there, and stands in its middle.
    times = clip.start + np.concatenate([[0.0], np.arange(len(curve)) + 0.5, [len(curve)]])
    curve = np.pad(curve, 1, mode="edge")
    axes.plot(times, curve, color=SECOND, linewidth=1.6 if len(curve) < 300 else 0.9)
    axes.fill_between(times, 0.0, curve, color=SECOND, alpha=0.15, linewidth=0)
    if features.energy is not None:
        axes.axhline(features.energy, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        remark(axes, "dashed: the whole track")
    axes.set_xlabel("minutes:seconds")


def _draw_tags(axes: Axes, tags: Mapping[str, float]) -> None:
    axes.set_title("Tags: how probable each is")
    shown = sorted(tags.items(), key=lambda item: (-item[1], item[0]))[:_TAGS_SHOWN]
    if not shown:
        axes.set_axis_off()
        say_nothing_to_show(axes, "no tags")
        return
    names, values = [shorten(name, 24) for name, _ in shown], [value for _, value in shown]
    places = np.arange(len(shown))
    axes.barh(places, np.ones(len(shown)), color=FAINT, alpha=0.45, height=0.7)
    axes.barh(places, values, color=ACCENT, height=0.7)
    for place, value in enumerate(values):
        inside = value > 0.85
        axes.text(
            value + (-0.015 if inside else 0.015),
            place,
            f"{value:.2f}",
            va="center",
            ha="right" if inside else "left",
            color="white" if inside else INK,
            fontsize=8.5,
        )
    axes.set_yticks(places, labels=names, color=INK, fontsize=9)
    axes.set(xlim=(0.0, 1.0), ylim=(_TAGS_SHOWN - 0.5, -0.5), xticks=(0.0, 0.25, 0.5, 0.75, 1.0))
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)

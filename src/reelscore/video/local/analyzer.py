"""The local analyser: what music a video wants, from measurements alone, without a key or a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.errors import ConfigurationError, ModelError
from reelscore.records import (
    FloatArray,
    Progress,
    ProgressCallback,
    Section,
    VideoAnalysis,
    VideoMeasurements,
    ignore_progress,
    part_of,
)
from reelscore.video.local.interpret import Wish, cheer, interpret, mood_of
from reelscore.video.local.wording import (
    add_words,
    basis_of,
    description_of,
    keywords_of,
    phrases_for,
    recommendation_of,
)
from reelscore.video.measure.pictures import PictureCurves
from reelscore.video.measure.sections import find_sections
from reelscore.video.measure.video import Measured, measure_video
from reelscore.video.showing import PictureReader, PictureSampler

# Goes up with every change that lets the same video be answered otherwise.
VERSION = "local:6"
_MEASURED = 0.9  # of the work, in progress, if a model looks at the pictures too


class LocalAnalyzer:
    """A `VideoAnalyzer` that measures; it does not pretend to see, unless a model lends it eyes.

    Parameters
    ----------
    degraded
        Why this one answers if more was to be had; every result says it.
    reader
        Tells what the pictures show. If it fails, the result says so and rests on measurements alone.
    """

    name = "local"

    def __init__(self, *, degraded: str | None = None, reader: PictureReader | None = None) -> None:
        self.degraded = degraded
        self._reader = reader
        self.measuring_share = 1.0 if reader is None else _MEASURED

    @property
    def cache_key(self) -> str:
        """With the model and the list of words, if a model tells what the pictures show."""
        key = VERSION if self._reader is None else f"{VERSION}+{self._reader.cache_key}"
        return key if self.degraded is None else f"{key}+degraded"

    def check(self) -> None:
        """It needs nothing that may be missing."""

    def analyze(
        self, path: Path, measured: Measured | None = None, *, progress: ProgressCallback = ignore_progress
    ) -> VideoAnalysis:
        """Analyse one file.

        Parameters
        ----------
        path
            Of the video.
        measured
            What `measure_video` found in it; None: it is measured now.
        progress
            Told how much is done, counted in seconds of the video; CancelledError raised by it comes through.

        Raises
        ------
        MediaError
            The file cannot be used: missing, no video, damaged beyond reading, or sound only.
        """
        if measured is None:
            sampler = PictureSampler() if self._reader is not None else None
            measuring = part_of(progress, 0.0, self.measuring_share)
            measured = measure_video(path, progress=measuring, sampler=sampler)
        figures = measured.measurements
        sections = _sections(figures, measured.curves)
        analysis = analysis_of(figures, sections, notes=measured.notes, degraded=self.degraded)
        if self._reader is None or measured.sampler is None:
            return analysis
        return _with_words(analysis, self._reader, measured.sampler, progress)


def analysis_of(
    figures: VideoMeasurements,
    sections: tuple[Section, ...] = (),
    *,
    notes: tuple[str, ...] = (),
    degraded: str | None = None,
) -> VideoAnalysis:
    """What music a video of these measurements wants. Pure."""
    wish = interpret(figures)
    basis = basis_of(figures, wish, sections)
    if notes:
        basis["description"] += "; " + "; ".join(notes)
    return VideoAnalysis(
        description=description_of(figures),
        music_recommendation=recommendation_of(wish, sections),
        keywords=keywords_of(figures, wish),
        mood=wish.mood,
        genre_suggestions=wish.genres,
        tempo=wish.tempo,
        energy_level=wish.energy_level,
        analyzer=LocalAnalyzer.name,
        phrases=phrases_for(wish),
        tempo_bpm=wish.tempo_bpm,
        energy=wish.energy,
        sections=sections,
        basis=basis,
        measurements=figures,
        degraded=degraded,
        extra=_extra(notes, wish),
    )


def _with_words(
    analysis: VideoAnalysis, reader: PictureReader, sampler: PictureSampler, progress: ProgressCallback
) -> VideoAnalysis:
    """The analysis with what the pictures show; with the reason if that is not known."""
    duration = analysis.measurements.duration if analysis.measurements else 0.0

    def tick() -> None:
        progress(Progress(done=_MEASURED * duration, total=duration, message="looking"))

    try:
        showing = reader.read(sampler.pictures, tick=tick)
    except (ModelError, ConfigurationError) as error:
        why = f"what the video shows was not told: {error}"
        return replace(analysis, degraded=f"{analysis.degraded}; {why}" if analysis.degraded else why)
    return add_words(analysis, replace(showing, times=tuple(sampler.times)))


def _extra(notes: tuple[str, ...], wish: Wish) -> dict[str, Any]:
    extra: dict[str, Any] = {"notes": list(notes)} if notes else {}
    if wish.own_tempo_bpm is not None:
        extra["own_tempo"] = {
            "bpm": round(wish.own_tempo_bpm, 1),
            "weight": round(wish.own_tempo_weight, 3),
        }
    if wish.loudness_weight > 0.0:
        extra["loudness_weight"] = round(wish.loudness_weight, 3)
    return extra


def _sections(measured: VideoMeasurements, curves: PictureCurves) -> tuple[Section, ...]:
    energy: FloatArray = np.array(measured.energy_curve, dtype=np.float32)
    # Warmth runs over twice the range of the others, and light counts like pace.
    looks = np.stack([energy, curves.motion, curves.brightness, curves.warmth / 2])

    def section(start: float, end: float) -> Section:
        part = slice(int(start), max(int(start) + 1, round(end)))
        level = float(energy[part].mean())
        light = cheer(
            float(curves.brightness[part].mean()),
            float(curves.warmth[part].mean()),
            float(curves.saturation[part].mean()),
        )
        return Section(start=start, end=end, energy=level, mood=mood_of(level, light))

    sections: list[Section] = []
    for start, end in find_sections(looks, measured.cuts, measured.duration):
        found = section(start, end)
        # What has the mood of the stretch before it is no section of its own.
        while sections and sections[-1].mood == found.mood:
            found = section(sections.pop().start, found.end)
        sections.append(found)
    return tuple(sections)

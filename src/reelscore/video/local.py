"""The local analyser: what music a video wants, from measurements alone, without a key or a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reelscore.records import (
    FloatArray,
    ProgressCallback,
    Section,
    VideoAnalysis,
    VideoMeasurements,
    ignore_progress,
)
from reelscore.video.interpret import Wish, cheer, interpret, mood_of
from reelscore.video.measure import measure_video
from reelscore.video.pictures import PictureCurves
from reelscore.video.sections import find_sections
from reelscore.video.wording import basis_of, description_of, keywords_of, phrases_for, recommendation_of


class LocalAnalyzer:
    """A `VideoAnalyzer` that measures; it does not pretend to see.

    Parameters
    ----------
    degraded
        Why this one answers where more was to be had; every result says it.
    """

    name = "local"
    # Goes up with every change that lets the same video be answered otherwise.
    cache_key = "local:2"

    def __init__(self, *, degraded: str | None = None) -> None:
        self._degraded = degraded

    def analyze(self, path: Path, *, progress: ProgressCallback = ignore_progress) -> VideoAnalysis:
        """Analyse one file.

        Parameters
        ----------
        path
            Of the video.
        progress
            Told the seconds of video seen, about once for each; CancelledError raised by it comes through.

        Raises
        ------
        MediaError
            The file cannot be used: missing, no video, damaged beyond reading, or sound only.
        """
        seen = measure_video(path, progress=progress)
        measured = seen.measurements
        wish = interpret(measured)
        sections = _sections(measured, seen.curves)
        basis = basis_of(measured, wish, sections)
        if seen.notes:
            basis["description"] += "; " + "; ".join(seen.notes)
        return VideoAnalysis(
            description=description_of(measured),
            music_recommendation=recommendation_of(wish, sections),
            keywords=keywords_of(measured, wish),
            mood=wish.mood,
            genre_suggestions=wish.genres,
            tempo=wish.tempo,
            energy_level=wish.energy_level,
            analyzer=self.name,
            phrases=phrases_for(wish),
            tempo_bpm=wish.tempo_bpm,
            energy=wish.energy,
            sections=sections,
            basis=basis,
            measurements=measured,
            degraded=self._degraded,
            extra=_extra(seen.notes, wish),
        )


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
    sections = []
    for start, end in find_sections(looks, measured.cuts, measured.duration):
        part = slice(int(start), max(int(start) + 1, round(end)))
        level = float(energy[part].mean())
        light = cheer(
            float(curves.brightness[part].mean()),
            float(curves.warmth[part].mean()),
            float(curves.saturation[part].mean()),
        )
        sections.append(Section(start=start, end=end, energy=level, mood=mood_of(level, light)))
    return tuple(sections)

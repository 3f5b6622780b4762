"""Songs and pictures for the tests of sync: plain times, seeded."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelscore.records import SyncPlan
from reelscore.sync.grids import PictureGrid, SongGrid, picture_grid, song_grid
from reelscore.sync.plan import PlanOptions, _Places, _sync_plan
from reelscore.sync.scoring import scan


def steady_song(
    *,
    bpm: float = 120.0,
    duration: float = 120.0,
    metre: int = 4,
    scatter: float = 0.0,
    seed: int = 0,
    **more: Any,
) -> SongGrid:
    period = 60.0 / bpm
    beats = np.arange(0.3, duration, period)
    if scatter:
        beats = beats + np.random.default_rng(seed).normal(0.0, scatter, len(beats))
    beats = np.sort(beats[(beats > 0.0) & (beats < duration)])
    given = {"song_id": f"song-{bpm}-{seed}", "downbeats": beats[::metre], "sections": beats[:: metre * 16]}
    return song_grid(duration=duration, beats=beats, **{**given, **more})


def irregular_cuts(count: int, *, seed: int, rate: float = 25.0, median: float = 2.0) -> np.ndarray:
    """Cut times with the lengths of shots in films: log-normal."""
    shots = np.exp(np.random.default_rng(seed).normal(np.log(median), 0.6, count))
    return np.round(np.cumsum(np.maximum(shots, 0.3)) * rate) / rate


def picture(cuts: Any, *, duration: float | None = None, rate: Any = 25, **more: Any) -> PictureGrid:
    cuts = np.asarray(cuts, dtype=np.float64)
    length = duration if duration is not None else (float(cuts[-1]) + 2.0 if len(cuts) else 30.0)
    return picture_grid(duration=length, rate=rate, cuts=cuts, **{"video_id": "film", **more})


def plan_at(film: PictureGrid, song: SongGrid, offset: float) -> SyncPlan:
    """The figures of a place in a song, in seconds."""
    options = PlanOptions(alternatives=0)
    scanned = scan(film, song, tolerance=options.tolerance)
    return _sync_plan(film, song, _Places(scanned, np.array([offset]), np.zeros(1)), options)

"""Analysed tracks to put into a catalogue."""

from __future__ import annotations

import numpy as np

from reelscore.records import AnalysedTrack, FloatArray, MusicFeatures, Track, TrackEmbedding

SPACES = {"lite-1": 20, "fingerprint-1": 32}


def unit_rows(count: int, dim: int, seed: int) -> FloatArray:
    matrix = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def make_track(
    number: int, *, spaces: dict[str, int] = SPACES, windows: int = 3, **stated: object
) -> AnalysedTrack:
    """A track of which everything follows from its number, but for what is stated."""
    values: dict[str, object] = {
        "source": "folder",
        "source_id": f"/music/{number}.mp3",
        "title": f"Song {number}",
        "uri": f"/music/{number}.mp3",
    }
    rng = np.random.default_rng(number)
    return AnalysedTrack(
        track=Track(**(values | stated)),  # type: ignore[arg-type]
        content_hash=f"{number:064x}",
        features=MusicFeatures(
            duration=30.0 + number,
            tempo_bpm=60.0 + number,
            beats=tuple(rng.random(20).tolist()),
            key="Bb minor",
            energy=number % 10 / 10,
            energy_curve=tuple(rng.random(30).tolist()),
            version="1",
        ),
        embeddings=tuple(
            TrackEmbedding(
                space=space,
                track=unit_rows(1, dim, number)[0],
                windows=unit_rows(windows, dim, number + 1),
                window_starts=tuple(3.0 * place for place in range(windows)),
                window_seconds=3.0,
            )
            for space, dim in spaces.items()
        ),
    )

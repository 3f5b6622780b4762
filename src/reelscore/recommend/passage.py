"""Choose the passage of a song that fits a query best, from the vectors of its windows."""

from __future__ import annotations

import numpy as np

from reelscore.records import FloatArray, Passage, TrackEmbedding

_STEP_SECONDS = 0.5
# A passage whose cosine is so much above the song's mean is worth naming as the better one.
_NOTABLE = 0.02


def best_passage(
    embedding: TrackEmbedding,
    query: FloatArray,
    *,
    length: float,
    song_duration: float,
    beats: tuple[float, ...] = (),
) -> Passage | None:
    """The stretch of `length` seconds whose windows lie closest to the query.

    Parameters
    ----------
    embedding
        The stored windows of the song, in the space of the query.
    query
        Vector (dim,).
    length
        Wanted length in seconds; a song that is not longer is taken whole.
    song_duration
        Length of the song's sound in seconds.
    beats
        Beat times; the passage begins on the beat nearest to its start.

    Returns
    -------
    Passage or None
        None where the song has no windows.
    """
    if not len(embedding.windows):
        return None
    if song_duration <= length:
        return Passage(0.0, round(song_duration, 2), "the whole song: it is not longer than the picture")
    # Windows are samples of the song; between their centres the closeness is interpolated, and each
    # start is judged by the mean over the whole passage.
    centres = np.asarray(embedding.window_starts) + embedding.window_seconds / 2
    closeness = embedding.windows @ query
    times = np.arange(0.0, song_duration, _STEP_SECONDS)
    curve = np.interp(times, centres, closeness)
    width = min(len(times), max(1, round(length / _STEP_SECONDS)))
    sums = np.cumsum(np.concatenate([[0.0], curve]))
    means = (sums[width:] - sums[:-width]) / width
    latest = song_duration - length
    start = min(float(times[int(np.argmax(means))]), latest)
    if beats:
        grid = np.asarray([beat for beat in beats if beat <= latest] or [start])
        nearest = float(grid[np.argmin(np.abs(grid - start))])
        start = nearest if abs(nearest - start) <= 1.0 else start
    better = float(np.max(means) - np.mean(curve))
    why = "closest to the query" if better > _NOTABLE else "the song is even: any part fits as well"
    return Passage(round(start, 2), round(start + length, 2), why)

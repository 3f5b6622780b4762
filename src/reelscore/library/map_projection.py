"""Lay many vectors out in the plane so that near ones stay near: what the map of a library is drawn from.

Two principal components show how a library spreads, and mix songs that have little in common. So the
directions that matter are kept (PCA), a sample of landmarks is laid out by t-SNE (van der Maaten and
Hinton, 2008), which keeps neighbours together, and every other song is put between the landmarks that it is
nearest to (as in Policar et al., 2019). The cost grows with the songs only in that last step, which is one
matrix product, and of a million songs the coordinates are held, not the vectors. Everything is seeded: the
same vectors give the same map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray, Progress, ProgressCallback, ignore_progress

LANDMARKS = 1_200
_DIRECTIONS = 50
_SAMPLE = 50_000  # vectors that the directions are found in
_PERPLEXITY = 30.0
_STEPS, _EXAGGERATED_STEPS, _EXAGGERATION = 500, 150, 12.0
_FEWEST = 60  # songs that t-SNE is worth it for
_NEAREST = 6  # landmarks that a song is put between
_BLOCK = 8_192
_SEED = 7


def lay_out(blocks: Iterable[FloatArray], *, progress: ProgressCallback = ignore_progress) -> FloatArray:
    """Places in the plane for vectors: float32 (n, 2), within 0..1, with their shape kept.

    Parameters
    ----------
    blocks
        The vectors (n, dim), some at a time, in an order that says nothing of the music, as that of ids does:
        the directions are those of the first 50,000.
    progress
        Called with the steps of the layout that are done; may raise CancelledError.
    """
    reduced = _reduced(blocks)
    count = len(reduced)
    if count < 3:
        return np.linspace(0.25, 0.75, 2 * count, dtype=np.float32).reshape(2, count).T.copy()
    chosen = np.sort(np.random.default_rng(_SEED).permutation(count)[:LANDMARKS])
    # A handful of songs has no neighbourhoods to keep: there, how they spread says more.
    places = (
        _embed(reduced[chosen], progress) if count >= _FEWEST else np.pad(reduced, ((0, 0), (0, 1)))[:, :2]
    )
    if len(chosen) < count:
        places = _place_between(reduced, reduced[chosen], places)
    return _fit(places)


def main_directions(vectors: FloatArray, count: int) -> Callable[[FloatArray], FloatArray]:
    """What gives vectors (n, dim) their coordinates (n, count) where these vectors vary most."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((vectors.shape[1],) * 2)
    for start in range(0, len(vectors), _BLOCK):  # so that it takes little memory
        block = vectors[start : start + _BLOCK] - mean
        covariance += block.T @ block
    _, directions = np.linalg.eigh(covariance)  # smallest first
    axes = directions[:, ::-1][:, : min(count, vectors.shape[1])]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    projection, shift = axes.astype(np.float32), mean @ axes
    return lambda block: (block @ projection - shift).astype(np.float32)


def _reduced(blocks: Iterable[FloatArray]) -> FloatArray:
    """Vectors in blocks along the main directions of the first of them: float32 (n, at most _DIRECTIONS)."""
    held: list[FloatArray] = []
    count, project = 0, None
    for block in blocks:
        held.append(project(block) if project else block)
        count += len(block)
        if project is None and count >= _SAMPLE:
            project = main_directions(np.concatenate(held), _DIRECTIONS)
            held = [project(one) for one in held]
    if not count:
        return np.zeros((0, 1), dtype=np.float32)
    vectors = np.concatenate(held)
    return vectors if project else main_directions(vectors, _DIRECTIONS)(vectors)


def _squared_distances(a: FloatArray, b: FloatArray) -> FloatArray:
    squares: FloatArray = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)[None] - 2.0 * a @ b.T
    return np.maximum(squares, 0.0, out=squares)


def _affinities(points: FloatArray) -> FloatArray:
    """How much each pair of points belongs together; symmetric, with a sum of one."""
    count = len(points)
    distances = _squared_distances(points, points)
    np.fill_diagonal(distances, np.inf)
    target = np.log(min(_PERPLEXITY, (count - 1) / 3.0))
    # The width of each point's neighbourhood, by halving the interval: as many neighbours for all.
    low, high = np.zeros(count), np.full(count, np.inf)
    width = 1.0 / np.maximum(np.partition(distances, min(count - 2, 10), axis=1)[:, min(count - 2, 10)], 1e-9)
    nearest = distances.min(axis=1)
    affinity = np.zeros_like(distances)
    for _ in range(40):
        affinity = np.exp(-(distances - nearest[:, None]) * width[:, None].astype(np.float32))
        total = affinity.sum(axis=1)
        finite = np.where(np.isfinite(distances), distances - nearest[:, None], 0.0)
        entropy = np.log(total) + width * (affinity * finite).sum(axis=1) / total
        wide = entropy > target
        low, high = np.where(wide, width, low), np.where(wide, high, width)
        width = np.where(np.isinf(high), width * 2.0, (low + high) / 2.0)
    affinity /= affinity.sum(axis=1, keepdims=True)
    joint: FloatArray = ((affinity + affinity.T) / (2.0 * count)).astype(np.float32)
    return np.maximum(joint, 1e-12, out=joint)


def _embed(points: FloatArray, progress: ProgressCallback) -> FloatArray:
    """t-SNE by plain gradient descent with momentum, from the first two main directions."""
    count = len(points)
    joint = _affinities(points)
    start = points[:, :2] if points.shape[1] > 1 else np.repeat(points, 2, axis=1)
    spread = max(float(start[:, 0].std()), 1e-9)
    places = (start / spread * 1e-2).astype(np.float32)
    velocity, gains = np.zeros_like(places), np.ones_like(places)
    rate = max(count / _EXAGGERATION, 50.0)
    for step in range(_STEPS):
        early = step < _EXAGGERATED_STEPS
        near = 1.0 / (1.0 + _squared_distances(places, places))
        np.fill_diagonal(near, 0.0)
        pull = joint * np.float32(_EXAGGERATION if early else 1.0)
        pull -= near / near.sum()
        pull *= near
        gradient = 4.0 * (pull.sum(axis=1)[:, None] * places - pull @ places)
        same = (gradient > 0.0) == (velocity > 0.0)
        gains = np.maximum(np.where(same, gains * 0.8, gains + 0.2), 0.01)
        velocity = (0.5 if early else 0.8) * velocity - rate * gains * gradient
        places = (places + velocity).astype(np.float32)
        places -= places.mean(axis=0)
        if step % 10 == 0:
            progress(Progress(step, _STEPS, "laying out the map"))
    return places


def _place_between(points: FloatArray, landmarks: FloatArray, places: FloatArray) -> FloatArray:
    """Each point between its nearest landmarks, the nearer the more; a landmark at its own place."""
    found = np.empty((len(points), 2), dtype=np.float32)
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        distances = _squared_distances(block, landmarks)
        nearest = np.argpartition(distances, _NEAREST, axis=1)[:, :_NEAREST]
        near = np.take_along_axis(distances, nearest, axis=1)
        least = near.min(axis=1, keepdims=True)
        width = np.maximum((near - least).mean(axis=1, keepdims=True), 1e-9) / 2.0
        weights = np.exp(-(near - least) / width)
        weights[least[:, 0] < 1e-9] = near[least[:, 0] < 1e-9] < 1e-9
        weights /= weights.sum(axis=1, keepdims=True)
        found[start : start + _BLOCK] = (weights[:, :, None] * places[nearest]).sum(axis=1)
    return found


def _fit(places: NDArray[np.float32]) -> FloatArray:
    """Move and scale places into the unit square, without stretching them."""
    low, high = places.min(axis=0), places.max(axis=0)
    size = max(float((high - low).max()), 1e-9)
    fitted: FloatArray = ((places - (low + high) / 2.0) / size * 0.96 + 0.5).astype(np.float32)
    return fitted

"""What the figures of a library are computed from: likeness of vectors, and their main directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray


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

"""How alike songs are to one song: cosines of what tells it from the library, in each space. Pure.

A plain cosine counts what all songs of a library share. So its mean is the origin; what varies within any
track counts less (within-class covariance normalisation [1]_, here by the inverse square root); and the song
stands for a sound together with the songs nearest to it, which are less likely than one to be odd somewhere.
docs/evaluation.md has the figures.

References
----------
.. [1] Hatch, Kajarekar, Stolcke. Within-class covariance normalization for SVM-based speaker recognition.
   Interspeech 2006.
"""

from __future__ import annotations

import numpy as np

from reelscore.ranking.fusion import Column
from reelscore.records import FloatArray

# Songs of the library whose mean stands for that of all.
SAMPLE = 256
# With fewer songs their mean says little of music, and plain cosines count.
FEWEST = 20
# Songs that stand for the sound beside the one that was asked with (chosen on one half of the yardstick).
NEAREST = 3
# Rows of a product are rounded by their place; songs that are equal are to be equal.
_DIGITS = 6


def likeness(
    song: FloatArray, others: FloatArray, centre: FloatArray, metric: FloatArray | None = None
) -> tuple[Column, FloatArray]:
    """How alike other songs are, -1 to 1, and the direction that they are compared with.

    Parameters
    ----------
    song
        Unit vector (dim,).
    others
        Unit vectors (n, dim).
    centre
        Mean vector (dim,) of the library.
    metric
        Matrix (dim, dim) in which what varies within any track counts less; None: all counts alike.

    Returns
    -------
    cosines
        (n,).
    direction
        Of unit length (dim,), whose product with a vector orders songs about as the cosines do.
    """
    near, own = others - centre, song - centre
    if metric is not None:
        near, own = near @ metric, metric @ own
    near, own = _unit(near), _unit(own)
    nearest = np.argsort(-np.round(near @ own, _DIGITS), kind="stable")[:NEAREST]
    own = _unit(own + near[nearest].sum(axis=0))
    cosines: Column = (near @ own).astype(np.float64).round(_DIGITS)
    return cosines, _unit(own if metric is None else metric @ own)


def _unit(vectors: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: FloatArray = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit

"""Pseudo-relevance feedback: what the best hits for some words sound like finds more of the same.

Words reach only what the text-audio space has an axis for. The songs that they find first share more than
that, so what tells their mean from that of the next hits, in a space of sound, is a second query, and the
two scores are added (Rocchio: Relevance feedback in information retrieval, 1971, without user judgement).
What varies within any track counts less in it. What tells them in the space of the words is a third.
docs/evaluation.md has the figures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reelscore.ranking.fusion import Column
from reelscore.records import FloatArray

SEEDS = 10
# Share of the second query if the words are all about sound. More of it drowns what the words say of mood.
FEEDBACK_WEIGHT = 0.6
# Of a third query, which is what the first hits have in the space of the words, if no two kinds of words are
# asked for together: their conjunction would lose to what all hits share.
ALIKE_WEIGHT = 0.15
# With fewer songs the best hits are a large part of the library, and their mean says little.
MIN_SONGS = 20
# Hits that the first ones are told from.
FIRST_HITS = 200


def seed_vector(vectors: Sequence[FloatArray]) -> FloatArray:
    """The mean of the seeds' unit vectors, of unit length."""
    mean = np.mean(np.stack(vectors), axis=0)
    unit: FloatArray = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
    return unit


def contrast_vector(
    seeds: Sequence[FloatArray], hits: Sequence[FloatArray] | FloatArray, within: FloatArray | None = None
) -> FloatArray:
    """The direction, of unit length, that tells the seeds from all hits; zero if nothing does.

    `within`: the metric (dim, dim) in which what varies within any track counts less; None: the space's own.
    """
    apart = np.mean(np.stack(seeds), axis=0) - np.mean(np.asarray(hits), axis=0)
    apart = apart if within is None else within @ apart
    length = float(np.linalg.norm(apart))
    unit: FloatArray = (apart / length if length > 1e-9 else np.zeros_like(apart)).astype(np.float32)
    return unit


def share_of_sound(words: Column, sound: Column, *, weight: float) -> Column:
    """What the sound adds to the cosine of the words, in units of the spread of both over the candidates.

    `weight`: how much the sound counts against the words.
    """
    if not len(words):
        return words
    # The share of sound is brought to the scale of the words, so that the score still reads as a cosine.
    spread = float(words.std()) / max(float(sound.std()), 1e-9)
    share: Column = weight * spread * (sound - sound.mean())
    return share

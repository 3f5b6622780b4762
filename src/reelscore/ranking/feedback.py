"""Pseudo-relevance feedback: what the best hits for some words sound like finds more of the same.

Words reach only what the text-audio space has an axis for. The songs that they find first share more than
that, so what tells their mean from that of the next hits, in a space of sound, is a second query, and the
two scores are added (Rocchio: Relevance feedback in information retrieval, 1971, without user judgement).
What varies within any track counts less in it. docs/evaluation.md has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reelscore.records import FloatArray

SEEDS = 10
# Share of the second query where the words are all about sound. More of it drowns what the words say of mood.
FEEDBACK_WEIGHT = 0.6
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
    seeds: Sequence[FloatArray], hits: Sequence[FloatArray], within: FloatArray
) -> FloatArray:
    """The direction, of unit length, that tells the seeds from all hits; zero if nothing does.

    `within`: the metric (dim, dim) in which what varies within any track counts less.
    """
    apart = within @ (np.mean(np.stack(seeds), axis=0) - np.mean(np.stack(hits), axis=0))
    length = float(np.linalg.norm(apart))
    unit: FloatArray = (apart / length if length > 1e-9 else np.zeros_like(apart)).astype(np.float32)
    return unit


def blend(
    words: Mapping[str, float], sound: Mapping[str, float], *, weight: float
) -> dict[str, dict[str, float]]:
    """Add the cosines of two spaces, each in units of its own spread over the candidates.

    Parameters
    ----------
    words, sound
        Song id -> cosine, for the same candidates.
    weight
        How much `sound` counts against `words`.

    Returns
    -------
    dict
        Song id -> {"words": its cosine, "sound": its share}; they add up to the score.
    """
    if not words or weight <= 0:
        return {song: {"words": score} for song, score in words.items()}
    ids = list(words)
    of_sound = np.array([sound[song] for song in ids])
    # The share of sound is brought to the scale of the words, so that the score still reads as a cosine.
    spread = float(np.std(list(words.values()))) / max(float(of_sound.std()), 1e-9)
    shares = weight * spread * (of_sound - of_sound.mean())
    return {
        song: {"words": words[song], "sound": float(share)} for song, share in zip(ids, shares, strict=True)
    }

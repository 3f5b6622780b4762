"""How much pictures are like words, and which words are worth telling. Pure.

Zero-shot scores as in Radford et al., "Learning transferable visual models from natural language supervision"
(ICML 2021): the softmax over all words of a group of the cosines to a picture, times the scale that the model
was trained with; a word is the mean vector of its prompts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reelscore.embedding.clip.prompts import Word
from reelscore.records import FloatArray
from reelscore.video.showing import SeenWord

# What the training of every published CLIP of this family ended with, which is the limit that it had.
LOGIT_SCALE = 100.0
# A word with less than this share is a guess among many.
LEAST_SCORE = 0.12
# Above this share of the entropy that equal scores would have, the pictures say nothing.
MOST_ENTROPY = 0.8
MOST_WORDS = 3


def mean_scores(pictures: FloatArray, words: FloatArray) -> FloatArray:
    """The share of each word in a video.

    Parameters
    ----------
    pictures
        Unit vectors (n, dim), n at least 1.
    words
        Unit vectors (m, dim).

    Returns
    -------
    float32 (m,), which sum to 1: the mean over the pictures, so that a thing in a third of them has a third.
    """
    logits = LOGIT_SCALE * (pictures.astype(np.float64) @ words.astype(np.float64).T)
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: FloatArray = (likely / likely.sum(axis=1, keepdims=True)).mean(axis=0).astype(np.float32)
    return shares


def flatness(scores: FloatArray) -> float:
    """The entropy of scores as a share of what equal ones have: 0 for one certain word, 1 for no idea."""
    positive = scores[scores > 0].astype(np.float64)
    return float(-(positive * np.log(positive)).sum() / np.log(max(len(scores), 2)))


def words_to_tell(words: Sequence[Word], scores: FloatArray) -> tuple[tuple[SeenWord, ...], str | None]:
    """The words of a group that stand out, best first; if there are none, why."""
    flat = flatness(scores)
    if flat > MOST_ENTROPY:
        return (), f"the scores are flat ({flat:.2f} of the most that they can be; at most {MOST_ENTROPY})"
    order = np.argsort(-scores, kind="stable")
    likely = [
        SeenWord(words[at].word, float(scores[at]), music)
        for at in order
        if scores[at] >= LEAST_SCORE and (music := words[at].music) is not None
    ]
    if likely:
        return tuple(likely[:MOST_WORDS]), None
    best = words[order[0]]
    if best.music is None:
        return (), f"the pictures are most like “{best.word}” ({scores[order[0]]:.2f})"
    return (), f"no word has a score of {LEAST_SCORE}; the best is “{best.word}” ({scores[order[0]]:.2f})"

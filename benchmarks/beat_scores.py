"""Standard figures of beat tracking: F-measure at 70 ms, continuity (CMLt, AMLt), and the area under an ROC
curve.

Definitions follow Davies, Degara and Plumbley, "Evaluation methods for musical audio beat tracking
algorithms" (Queen Mary University of London, 2009).
"""

from __future__ import annotations

import numpy as np

WINDOW = 0.07
CONTINUITY = 0.175


def f_measure(truth: np.ndarray, found: np.ndarray, window: float = WINDOW) -> float:
    """F of a one-to-one matching within `window` seconds."""
    if not len(truth) or not len(found):
        return float(len(truth) == len(found))
    hits, place = 0, 0
    for time in truth:
        while place < len(found) and found[place] < time - window:
            place += 1
        if place < len(found) and found[place] <= time + window:
            hits += 1
            place += 1
    return 2.0 * hits / (len(truth) + len(found))


def continuity(truth: np.ndarray, found: np.ndarray) -> float:
    """Share of beats that are right together with the one before, in time and interval (CMLt)."""
    if len(truth) < 2 or len(found) < 2:
        return 0.0
    used, right = np.full(len(truth), False), 0
    for index, time in enumerate(found):
        near = int(np.argmin(np.abs(truth - time)))
        if used[near]:
            continue
        step = truth[near] - truth[near - 1] if near else truth[1] - truth[0]
        if index == 0 or near == 0:
            ok = abs(time - truth[near]) < CONTINUITY * step
        else:
            interval = time - found[index - 1]
            ok = (
                abs(time - truth[near]) < CONTINUITY * step
                and abs(found[index - 1] - truth[near - 1]) < CONTINUITY * step
                and abs(1.0 - interval / step) < CONTINUITY
            )
        if ok:
            used[near] = True
            right += 1
    return right / max(len(truth), len(found))


def levels(truth: np.ndarray) -> list[np.ndarray]:
    """The beats as tapped, off the beat, twice as fast, and twice as slow."""
    middle = 0.5 * (truth[:-1] + truth[1:])
    double = np.sort(np.concatenate([truth, middle]))
    return [truth, middle, double, truth[::2], truth[1::2]]


def cml(truth: np.ndarray, found: np.ndarray) -> float:
    return continuity(truth, found)


def aml(truth: np.ndarray, found: np.ndarray) -> float:
    """CMLt at the best of the allowed levels."""
    return max(continuity(level, found) for level in levels(truth)) if len(truth) > 2 else 0.0


def errors(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Found minus true time of each found beat that has a true one within 70 ms."""
    if not len(truth) or not len(found):
        return np.empty(0)
    difference = found - truth[np.abs(truth[None, :] - found[:, None]).argmin(axis=1)]
    return difference[np.abs(difference) <= WINDOW]


def tempo_right(truth: float, found: float | None, factors: tuple[float, ...] = (1.0,)) -> bool:
    """Whether a tempo is within 4 % of the truth, or of it times one of `factors`."""
    return found is not None and any(abs(found / (truth * factor) - 1.0) <= 0.04 for factor in factors)


OCTAVES = (1.0, 2.0, 0.5, 3.0, 1.0 / 3.0)


def roc_area(confidence: np.ndarray, right: np.ndarray) -> float:
    """Chance that a right answer has the greater confidence of a right and a wrong one."""
    good, bad = confidence[right], confidence[~right]
    if not len(good) or not len(bad):
        return float("nan")
    return float(np.mean((good[:, None] > bad[None, :]) + 0.5 * (good[:, None] == bad[None, :])))

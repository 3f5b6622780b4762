"""Two small networks over beats: where bars begin, and which level and metre a chain has.

Their rows are beats (`beat_view`), so that a bar is as long to them at any tempo (after Durand, Bello, David
and Richard, "Robust downbeat tracking using an ensemble of convolutional networks", TASLP 2017). The one
sees a whole chain at once: what its beats are on average and how they repeat; the other sees nine beats.
They were trained by `tools/train_bars.py` on rendered scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from reelscore.audio.bars import METRES
from reelscore.audio.weights import read_weights
from reelscore.records import DoubleArray, FloatArray

WEIGHTS_NAME = "bars-3.npz"
WEIGHTS_SHA256 = "3ad40496a3af2d5d80d765d1c4821203c9aafcdb452f07bd64773bd05b8865f5"

# Columns of `beat_view.describe` whose repetition after some beats tells metres apart: odds of a beat and
# of a downbeat, rises of the bass and above it, changes of harmony and bass.
_REPEATED = [0, 8, 12, 13, 48, 49, 51]
_LAGS = (2, 3, 4, 5, 6, 8)
_TEMPO = -3  # the column of the usual tempo
_REACH = 4  # beats on either side that the second network sees
# Intervals between two octaves, where three and two are mixed up: a fifth, and a twelfth.
_FIFTH, _TWELFTH, _NEAR = 0.58, 1.58, 0.1


# (beats in a bar, whether each falls into threes); compound time has two, three or four.
READINGS = tuple((beats, threes) for beats in METRES for threes in (False, True) if not threes or beats <= 4)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the first network says of a chain of beats; both in log odds."""

    # For it to be the beat and to have each of `READINGS`, beside the other chains of a piece.
    odds: DoubleArray
    level: float  # for it to be the beat at all


def pooled(rows: FloatArray) -> FloatArray:
    """What a chain is like on the whole, from the rows of its beats."""
    # The last column is 1 for each beat.
    kept = rows[:, :-1]
    chosen = rows[:, _REPEATED]
    chosen = (chosen - chosen.mean(axis=0)) / (chosen.std(axis=0) + 0.05)
    repeated = [
        (chosen[lag:] * chosen[:-lag]).mean(axis=0) if len(rows) > lag + 2 else np.zeros(len(_REPEATED))
        for lag in _LAGS
    ]
    tempo = rows[:, _TEMPO].mean()
    return np.concatenate([kept.mean(axis=0), kept.std(axis=0), *repeated, [tempo * tempo]], dtype=np.float32)


def beside(
    chain: DoubleArray, first: DoubleArray, rate: float, salience: tuple[DoubleArray, DoubleArray] | None
) -> FloatArray:
    """Features of a chain against the one that its level was made from, and of how salient its tempo is."""
    likely = 0.0
    if salience is not None and len(salience[1]):
        bpm = 60.0 * rate / float(np.median(np.diff(chain)))
        likely = float(np.interp(bpm, *salience, left=0.0, right=0.0))
    octaves = float(np.log2(np.median(np.diff(first)) / np.median(np.diff(chain))))
    shared = float((np.abs(first[:, None] - chain[None]).min(axis=0) < 0.5).mean())
    apart = abs(octaves)
    return np.array(
        [
            float(chain is first),
            octaves,
            apart,
            shared,
            float(abs(apart - _FIFTH) < _NEAR),
            float(abs(apart - _TWELFTH) < _NEAR),
            likely,
            np.sqrt(likely),
        ],
        dtype=np.float32,
    )


def windows(rows: FloatArray) -> FloatArray:
    """Each beat with the four before and after it, zeros if there are none."""
    padded = np.pad(rows, ((_REACH, _REACH), (0, 0)))
    return np.concatenate([padded[begin : begin + len(rows)] for begin in range(2 * _REACH + 1)], axis=1)


def judge(chains: list[FloatArray]) -> list[Judgement]:
    """The opinion on chains, each from `pooled`, `beside` and `bars.bar_fits`, one after the other."""
    return [Judgement(row[:-1], float(row[-1])) for row in _answer(np.stack(chains), "chain")]


def downbeats(rows: FloatArray) -> DoubleArray:
    """How likely each beat is the first of its bar, 0..1."""
    return _share(_answer(windows(rows), "beat")[:, 0])


def _answer(seen: FloatArray, network: str) -> DoubleArray:
    weights = _weights()
    hidden = np.maximum(seen @ weights[f"{network}.enter.weight"] + weights[f"{network}.enter.bias"], 0.0)
    answer = hidden @ weights[f"{network}.leave.weight"] + weights[f"{network}.leave.bias"]
    result: DoubleArray = np.clip(answer.astype(np.float64), -30.0, 30.0)
    return result


def _share(logits: DoubleArray) -> DoubleArray:
    result: DoubleArray = 1.0 / (1.0 + np.exp(-logits))
    return result


@lru_cache(maxsize=1)
def _weights() -> dict[str, FloatArray]:
    return read_weights(WEIGHTS_NAME, WEIGHTS_SHA256)

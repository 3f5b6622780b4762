"""From labelled songs to a tuned space, or to why there is none."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.tuned import Label, Tuning, save_tuning
from reelscore.errors import InvalidInputError, counted
from reelscore.training.fit import Fitted, fit
from reelscore.training.labels import Lesson

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
LICENCE = (
    "learnt from the labels and the sound of this library; the bundled model below it keeps its own "
    "licences, and nothing of the music can be heard in it"
)


@dataclass(frozen=True, slots=True)
class Trained:
    """How a training ended."""

    name: str
    space: str | None  # None: it was refused
    refusal: str  # why; "" if it was not
    songs: int
    gain: tuple[float, float, float]  # mean gain in AUC of all labels on held-out songs, with its interval
    ndcg: tuple[float, float]  # nDCG@10 of the labels' words on held-out songs, before and after
    labels: tuple[dict[str, Any], ...]
    seconds: float
    path: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        found = asdict(self)
        return {**found, "path": str(self.path) if self.path else None, "seconds": round(self.seconds, 2)}


def check_name(name: str) -> str:
    """A name for a space; InvalidInputError if it is none."""
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} cannot be the name of a space; take small letters, digits and hyphens, 31 at most"
        )
    return name


def train(lesson: Lesson, models: Path, name: str, *, seed: int = 0) -> Trained:
    """Learn the labels of songs, and keep the result if it gains on songs that it was not learnt from.

    Raises
    ------
    InvalidInputError
        The name cannot be used, or is taken.
    """
    check_name(name)
    began = time.perf_counter()
    queries = LiteEmbedder().embed_queries(lesson.names)
    words = np.einsum("nd,kd->nk", lesson.lite, queries)
    fitted = fit(lesson.features, lesson.held, lesson.groups, words, lesson.names, seed)
    taken = [at for at, row in enumerate(fitted.figures) if row.taken]
    rows = tuple({**asdict(row), "taken": row.taken} for row in fitted.figures)
    ndcg = (
        float(np.mean([row.ndcg_words for row in fitted.figures])),
        float(np.mean([row.ndcg_both for row in fitted.figures])),
    )
    refusal = _refusal(fitted, len(taken))
    if refusal:
        seconds = time.perf_counter() - began
        return Trained(name, None, refusal, len(lesson.ids), fitted.gain, ndcg, rows, seconds)
    tuning = Tuning(
        name,
        tuple(
            Label(fitted.figures[at].label, fitted.figures[at].weight, fitted.figures[at].known)
            for at in taken
        ),
        fitted.axes[taken],
        {
            "data": _hash_of(lesson),
            "songs": len(lesson.ids),
            "seed": seed,
            "gain": [round(value, 4) for value in fitted.gain],
            "figures": [
                {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}
                for row in rows
            ],
            "licence": LICENCE,
        },
    )
    path = save_tuning(models, tuning)
    seconds = time.perf_counter() - began
    return Trained(name, tuning.space.name, "", len(lesson.ids), fitted.gain, ndcg, rows, seconds, path)


def _refusal(fitted: Fitted, taken: int) -> str:
    gain, low, high = fitted.gain
    said = f"mean AUC gained by {counted(len(fitted.figures), 'label')} {gain:+.3f} [{low:+.3f}, {high:+.3f}]"
    if low <= 0.0:
        return f"on songs of other albums nothing is gained beyond its interval: {said}"
    if not taken:
        return f"no label by itself gains beyond doubt on songs of other albums: {said}"
    return ""


def _hash_of(lesson: Lesson) -> str:
    digest = hashlib.sha256()
    for song, group, row in zip(lesson.ids, lesson.groups, lesson.held, strict=True):
        names = [name for name, held in zip(lesson.names, row, strict=True) if held]
        digest.update("\0".join([song, group, *names]).encode() + b"\n")
    digest.update(np.ascontiguousarray(lesson.features, dtype=np.float32).tobytes())
    return digest.hexdigest()

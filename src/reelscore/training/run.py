"""From labelled songs to a tuned space, or to the reason why nothing was tuned."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.embedding.base import TextEmbedder
from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.lite.lexicon import load_lexicon
from reelscore.embedding.tuned import compared
from reelscore.embedding.tunings import Tuning, save_tuning
from reelscore.errors import InvalidInputError, counted
from reelscore.training.labels import Lesson
from reelscore.training.worth import Fitted, Texts, TextVectors, fit

# Other words for a label: so many of the phrases of the lexicon that are nearest to it, if they are so near.
_OTHERS, _LOOKED_AT, _ALIKE = 3, 200, (0.5, 0.97)
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
    gain: tuple[float, float, float]  # mean gain in AUC of all texts on held-out songs, with its interval
    ndcg: tuple[float, float]  # nDCG@10 of the texts on held-out songs, before and after
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


def train(
    lesson: Lesson, models: Path, name: str, *, reader: TextEmbedder | None = None, seed: int = 0
) -> Trained:
    """Learn the labels of songs, and keep the result if it gains on songs that it was not learnt from.

    Parameters
    ----------
    reader
        Reads words into the base space of the lesson; None: lite.

    Raises
    ------
    InvalidInputError
        The name cannot be used, or is taken.
    """
    check_name(name)
    began = time.perf_counter()
    texts = _texts(lesson, reader or LiteEmbedder())
    fitted = fit(lesson, texts, seed)
    rows = tuple({**asdict(row), "taken": row.taken} for row in fitted.figures)
    refusal = _refusal(fitted)
    path, space = None, None
    if not refusal:
        tuning = Tuning(
            name,
            lesson.base,
            fitted.labels,
            fitted.axes,
            fitted.anchors,
            fitted.wordings,
            fitted.pull,
            {
                "data": _hash_of(lesson),
                "songs": len(lesson.ids),
                "seed": seed,
                "texts": fitted.texts,
                "gain": [round(value, 4) for value in fitted.gain],
                "figures": [
                    {
                        key: round(value, 4) if isinstance(value, float) else value
                        for key, value in row.items()
                    }
                    for row in rows
                ],
                "licence": LICENCE,
            },
        )
        path, space = save_tuning(models, tuning), tuning.space_name
    seconds = time.perf_counter() - began
    return Trained(name, space, refusal, len(lesson.ids), fitted.gain, fitted.ndcg, rows, seconds, path)


def _texts(lesson: Lesson, reader: TextEmbedder) -> Texts:
    """Labels and queries as the base space reads them, and other words for what lite knows of the labels."""
    lexicon = load_lexicon()
    phrases = [words for words in lexicon.vectors if words in lexicon.anchors]
    lite = LiteEmbedder().embed_literally(lesson.names)[:, :-1]
    alike = lite @ np.stack([lexicon.vectors[words] for words in phrases]).T
    nearest = alike.argmax(axis=0)
    others: list[str] = []
    meant: list[int] = []
    for at, row in enumerate(alike):
        own = [place for place in np.argsort(-row, kind="stable")[:_LOOKED_AT] if nearest[place] == at]
        said = [place for place in own if _ALIKE[0] <= row[place] <= _ALIKE[1]][:_OTHERS]
        others += [" ".join(phrases[place]) for place in said]
        meant += [at] * len(said)

    def read(texts: Sequence[str]) -> TextVectors:
        return TextVectors(reader.embed_queries(texts), compared(reader, texts))

    return Texts(read(lesson.names), read([one.text for one in lesson.asked]), read(others), meant)


def _refusal(fitted: Fitted) -> str:
    gain, low, high = fitted.gain
    said = f"mean AUC gained by {counted(fitted.texts, 'text')} {gain:+.3f} [{low:+.3f}, {high:+.3f}]"
    if low <= 0.0:
        return f"on songs of other albums nothing is gained beyond its interval: {said}"
    if not (fitted.pull or any(row.taken for row in fitted.figures)):
        return f"on songs of other albums no word is told surely: {said}"
    return ""


def _hash_of(lesson: Lesson) -> str:
    digest = hashlib.sha256()
    for song, group, row in zip(lesson.ids, lesson.groups, lesson.held, strict=True):
        names = [name for name, held in zip(lesson.names, row, strict=True) if held]
        digest.update("\0".join([song, group, *names]).encode() + b"\n")
    for asked in lesson.asked:
        digest.update(f"{asked.text}\0{asked.labels}".encode() + np.packbits(asked.answers).tobytes())
    for vectors in (lesson.sound, lesson.vectors):
        digest.update(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
    return digest.hexdigest()

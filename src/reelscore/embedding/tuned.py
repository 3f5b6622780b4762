"""Spaces that were tuned on somebody's own music: lite, with axes for words of one's own.

A track is its lite vector, its standard scores on the axes that were learnt, and what fills its length up, so
that every track is equally long; a query is its lite vector and the axes that it names. So the cosine is that
of lite, plus what the axes say of the words. Axes are linear readings of vectors that are stored for every
song, so nothing has to be heard again (`reelscore.training` learns them).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.embedding.base import Space
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder, axis_scores
from reelscore.embedding.lite.lexicon import normalise_words
from reelscore.embedding.lite.semantic import TAGGERS, TaggerEmbedder, load_within
from reelscore.embedding.lite.taggers import TaggerRun
from reelscore.errors import ConfigurationError, InvalidInputError, ModelError
from reelscore.records import FloatArray, MusicFeatures, TrackEmbedding, WordsRead
from reelscore.text.negators import NEGATING_WORDS

FOLDER = "tuned"  # of the model folder
_FORMAT = 1
_ABOUT, _AXES = "tuned.json", "axes.npy"
FEATURES = LITE.dim - 1 + TAGGERS.dim  # what an axis is read from
_LARGEST_SCORE = 2.5
# The axes of a track have this length at most, beside the 1 of its lite vector.
_AXES_LENGTH = 0.9
# The spread of the cosines of one query over a library of ordinary music: what a gain of 1 is worth.
_SPREAD = 0.04


@dataclass(frozen=True, slots=True)
class Label:
    """A word or a few of one's own."""

    text: str
    gain: float  # how much its axis counts beside what lite makes of the words
    known: bool  # whether lite makes anything of the words


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was learnt, as it lies in the model folder."""

    name: str
    labels: tuple[Label, ...]
    axes: FloatArray  # (labels, features + 1), the last column is the bias
    about: Mapping[str, Any]  # figures, settings, hash of the data, licence

    @property
    def digest(self) -> str:
        """Stands for all that answers depend on."""
        listed = json.dumps([[one.text, one.gain, one.known] for one in self.labels], ensure_ascii=False)
        return hashlib.sha256(listed.encode() + _bytes_of(self.axes)).hexdigest()

    @property
    def space(self) -> Space:
        """The space of its own."""
        return Space(
            name=f"tuned-{self.name}-{self.digest[:8]}",
            dim=LITE.dim + len(self.labels) + 1,
            sample_rate=LITE.sample_rate,
            understands_text=True,
            description=f"lite-1 and {len(self.labels)} words of one's own: {self.name}",
        )


def features_of(lite: FloatArray, sound: FloatArray) -> FloatArray:
    """What axes are read from, (n, features): of vectors (n, dim) of `lite-1` and `taggers-1`.

    Of the second, in the metric in which what varies within any track counts less.
    """
    scores = np.stack([axis_scores(vector) for vector in lite])
    return np.concatenate([scores, sound @ load_within()], axis=1)


class TunedEmbedder(LiteEmbedder):
    """Implements AudioEmbedder and TextEmbedder for a tuned space."""

    def __init__(self, tuning: Tuning, *, threads: int | None = None) -> None:
        super().__init__(threads=threads)
        self._lite = LiteEmbedder(threads=threads)
        self.tuning = tuning
        self.name, self.space = tuning.name, tuning.space
        self._texts = {tuple(normalise_words(label.text)): at for at, label in enumerate(tuning.labels)}
        self._longest = max(map(len, self._texts), default=0)

    def embed_run(self, run: TaggerRun, features: MusicFeatures) -> TrackEmbedding:
        """Vectors of a track from a run of the taggers."""
        return self.derive(self._lite.embed_run(run, features), TaggerEmbedder().embed_run(run))

    def derive(self, lite: TrackEmbedding, sound: TrackEmbedding) -> TrackEmbedding:
        """The vectors of a track from those that it has in `lite-1` and `taggers-1`."""
        both = len(lite.windows) == len(sound.windows)
        return TrackEmbedding(
            space=self.space.name,
            track=self._vectors(lite.track[None], sound.track[None])[0],
            windows=self._vectors(lite.windows, sound.windows)
            if both and len(lite.windows)
            else np.zeros((0, self.space.dim), dtype=np.float32),
            window_starts=lite.window_starts if both else (),
            window_seconds=lite.window_seconds,
        )

    def _vectors(self, lite: FloatArray, sound: FloatArray) -> FloatArray:
        scores = features_of(lite, sound) @ self.tuning.axes[:, :-1].T + self.tuning.axes[:, -1]
        eased = self._step * _LARGEST_SCORE * np.tanh(scores / _LARGEST_SCORE)
        rest = np.sqrt(np.maximum(0.0, 1.0 - np.square(eased).sum(axis=1, keepdims=True)))
        vectors: FloatArray = (np.concatenate([lite, eased, rest], axis=1) / np.sqrt(2.0)).astype(np.float32)
        return vectors

    @property
    def _step(self) -> float:
        """Length of one standard score in a track."""
        return _AXES_LENGTH / (_LARGEST_SCORE * math.sqrt(max(1, len(self.tuning.labels))))

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors (n, dim); a text without any known word is a zero vector."""
        vectors = np.zeros((len(texts), self.space.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            rest, named = self._named(text)
            vectors[row, : LITE.dim] = self._lite.embed_queries([rest])[0]
            for at, sign in named:
                vectors[row, LITE.dim + at] += sign * self.tuning.labels[at].gain * _SPREAD / self._step
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: FloatArray = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9)
        return unit

    def kinds(self, text: str) -> FloatArray:
        """Vectors (0 or 2, dim) of the kinds of words in a text; none if it names a label of one's own."""
        rest, named = self._named(text)
        kinds = self._lite.kinds(rest) if not named else np.zeros((0, LITE.dim), dtype=np.float32)
        return np.pad(kinds, ((0, 0), (0, self.space.dim - LITE.dim)))

    def read_words(self, text: str) -> WordsRead:
        """What is made of the words of a text: of one's own, and of the rest as lite does."""
        rest, named = self._named(text)
        read = super().read_words(rest)
        own = dict.fromkeys(self.tuning.labels[at].text for at, _ in named)
        return replace(read, understood=tuple(dict.fromkeys([*own, *read.understood])))

    def _named(self, text: str) -> tuple[str, list[tuple[int, float]]]:
        """What is left of a text for lite, and the labels that it names with a sign."""
        words = normalise_words(text)
        left: list[str] = []
        named: list[tuple[int, float]] = []
        place = 0
        for start, length, label in self._mentions(words):
            left += words[place:start]
            place = start + length
            negated = bool(left) and left[-1] in NEGATING_WORDS
            named.append((label, -1.0 if negated else 1.0))
            if self.tuning.labels[label].known:
                left += words[start:place]
            elif negated:
                left.pop()
        return (" ".join([*left, *words[place:]]) if named else text), named

    def _mentions(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        at = 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                label = self._texts.get(tuple(words[at : at + length]))
                if label is not None:
                    yield at, length, label
                    at += length - 1
                    break
            at += 1


def save_tuning(models: Path, tuning: Tuning) -> Path:
    """Keep a tuning under its name; half of one is never there.

    Raises
    ------
    InvalidInputError
        The name is taken by another one.
    ConfigurationError
        The model folder cannot be written.
    """
    target = models / FOLDER / tuning.name
    staging = target.with_name(f".{tuning.name}.{os.getpid()}")
    axes = _bytes_of(tuning.axes)
    about = {
        "format": _FORMAT,
        "name": tuning.name,
        "labels": [[one.text, one.gain, one.known] for one in tuning.labels],
        "sha256": hashlib.sha256(axes).hexdigest(),
        "about": tuning.about,
    }
    if target.exists():
        raise InvalidInputError(
            f"there is a tuned model {tuning.name!r} already; "
            f"remove it: `reelscore models remove {tuning.name}`"
        )
    try:
        shutil.rmtree(staging, ignore_errors=True)  # of a process with this number that was killed
        staging.mkdir(parents=True)
        (staging / _AXES).write_bytes(axes)
        text = json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True)
        (staging / _ABOUT).write_text(text + "\n", encoding="utf-8")
        staging.rename(target)
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}") from error
    return target


def read_tuning(folder: Path) -> Tuning:
    """A tuning from its folder; ModelError if it is damaged or of a newer version."""
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        axes = (folder / _AXES).read_bytes()
        if about["format"] != _FORMAT or hashlib.sha256(axes).hexdigest() != about["sha256"]:
            raise ValueError("its parts do not fit together")
        labels = tuple(Label(text, float(gain), bool(known)) for text, gain, known in about["labels"])
        matrix = np.load(io.BytesIO(axes), allow_pickle=False)
        if matrix.shape != (len(labels), FEATURES + 1):
            raise ValueError("it was learnt with another version of reelscore")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the tuned model in {folder} cannot be used ({error}); remove it and train it again"
        ) from error
    return Tuning(about["name"], labels, matrix, about["about"])


def tuned_folders(models: Path) -> dict[str, Path]:
    """Name -> folder of each tuning."""
    folder = models / FOLDER
    if not folder.is_dir():
        return {}
    return {each.name: each for each in sorted(folder.iterdir()) if (each / _ABOUT).is_file()}


def _bytes_of(axes: FloatArray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(axes, dtype=np.float32), allow_pickle=False)
    return buffer.getvalue()

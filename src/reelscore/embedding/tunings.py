"""What was learnt from somebody's own music, as it lies in the model folder: whole, or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from reelscore.errors import ConfigurationError, InvalidInputError, ModelError
from reelscore.records import FloatArray

FOLDER = "tuned"  # of the model folder
TUNED = "tuned-"  # what the names of their spaces begin with
_FORMAT = 3
_ABOUT = "tuned.json"


@dataclass(frozen=True, slots=True)
class Label:
    """A word or a few of one's own."""

    text: str
    gain: float  # how much its axis counts beside what the base space makes of the words
    known: bool  # whether the base space makes anything of the words
    threshold: float | None  # score on its axis from which a song has it; None: it is no filter


@dataclass(frozen=True, slots=True)
class Wordings:
    """Texts, and what each is to be read as: the words that one's own music is labelled with.

    All arrays have one row for each text.
    """

    texts: FloatArray  # (texts, dim), unit vectors of the base space
    meanings: FloatArray  # (texts, dim + labels): a unit vector of it, and how much each axis counts
    trust: FloatArray  # (texts,), 0..1: how well sound bears the meaning out
    asked: FloatArray  # (texts,), 1.0 for a query, 0.0 for a label, which draws more


@dataclass(frozen=True, slots=True)
class Anchors:
    """Songs to which others are near or far, for labels that few songs have."""

    centre: FloatArray  # (dim + sound dim,), mean of the songs in the base space, and of their sound
    points: FloatArray  # (anchors, dim + features), as `placed` gives them


_WORDINGS = tuple(part.name for part in fields(Wordings))
_ANCHORS = tuple(part.name for part in fields(Anchors))


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was learnt."""

    name: str
    base: str  # the space of words that it tunes
    labels: tuple[Label, ...]
    axes: FloatArray  # (labels, features + anchors + 1), the last column is the bias
    anchors: Anchors
    wordings: Wordings
    pull: float  # how far a text is drawn to what it is like among the wordings; 0: not at all
    about: Mapping[str, Any]  # figures, settings, hash of the data, licence

    @property
    def digest(self) -> str:
        """Stands for all that answers depend on."""
        return hashlib.sha256(json.dumps(self._facts, ensure_ascii=False).encode() + self._bytes).hexdigest()

    @property
    def space_name(self) -> str:
        """Name of the space of its own."""
        return f"{TUNED}{self.name}-{self.digest[:8]}"

    @property
    def description(self) -> str:
        """What it is, in a line."""
        return f"{self.base} and {len(self.labels)} words of one's own: {self.name}"

    @property
    def _facts(self) -> dict[str, Any]:
        labels = [[one.text, one.gain, one.known, one.threshold] for one in self.labels]
        return {"name": self.name, "base": self.base, "labels": labels, "pull": self.pull}

    @property
    def _arrays(self) -> dict[str, FloatArray]:
        parts = ((self.anchors, _ANCHORS), (self.wordings, _WORDINGS))
        return {"axes": self.axes} | {name: getattr(own, name) for own, names in parts for name in names}

    @property
    def _bytes(self) -> bytes:
        return b"".join(map(_bytes_of, self._arrays.values()))


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
    if target.exists():
        raise InvalidInputError(
            f"there is a tuned model {tuning.name!r} already; "
            f"remove it: `reelscore models remove {tuning.name}`"
        )
    about = {"format": _FORMAT, **tuning._facts, "digest": tuning.digest, "about": tuning.about}
    try:
        for left in target.parent.glob(f".{tuning.name}.*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        staging.mkdir(parents=True)
        for name, values in tuning._arrays.items():
            (staging / f"{name}.npy").write_bytes(_bytes_of(values))
        text = json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True)
        (staging / _ABOUT).write_text(text + "\n", encoding="utf-8")
        staging.rename(target)
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}") from error
    return target


def read_tuning(folder: Path) -> Tuning:
    """A tuning from its folder; ModelError if it is damaged or of another version."""
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if about["format"] != _FORMAT:
            raise ValueError("it was learnt with another version of reelscore")
        axes, centre, points, *words = (
            np.load(io.BytesIO((folder / f"{name}.npy").read_bytes()), allow_pickle=False)
            for name in ("axes", *_ANCHORS, *_WORDINGS)
        )
        tuning = Tuning(
            about["name"],
            about["base"],
            tuple(Label(*values) for values in about["labels"]),
            axes,
            Anchors(centre, points),
            Wordings(*words),
            about["pull"],
            about["about"],
        )
        if tuning.digest != about["digest"]:
            raise ValueError("its parts do not fit together")
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the tuned model in {folder} cannot be used ({error}); remove it and train it again"
        ) from error
    return tuning


def tuned_folders(models: Path) -> dict[str, Path]:
    """Name -> folder of each tuning; what a killed process left under another name is none."""
    folder = models / FOLDER
    if not folder.is_dir():
        return {}
    there = (each for each in sorted(folder.iterdir()) if not each.name.startswith("."))
    return {each.name: each for each in there if (each / _ABOUT).is_file()}


def _bytes_of(values: FloatArray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values, dtype=np.float32), allow_pickle=False)
    return buffer.getvalue()

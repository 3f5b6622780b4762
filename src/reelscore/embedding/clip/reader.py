"""CLIP behind the contract of `reelscore.video.showing`: opened when used, checked before it is believed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.clip.prompts import Table, load_table
from reelscore.embedding.clip.zero_shot import mean_scores, words_to_tell
from reelscore.embedding.hub.folder import InstalledModel, choose_model, is_installed
from reelscore.embedding.hub.models import DEFAULT_PICTURE_MODEL
from reelscore.errors import ModelError
from reelscore.records import FloatArray
from reelscore.video.showing import Showing

if TYPE_CHECKING:
    from reelscore.embedding.hub.shared import Shared
    from reelscore.embedding.hub.towers import ImageTower

# Goes up when the same model and words may give other scores.
VERSION = 1


class ClipReader:
    """Implements `PictureReader` with an installed CLIP.

    The tower for words runs once for each list of words: their vectors are kept beside the model. The one
    for pictures leaves the memory when it was not used for a while.

    Parameters
    ----------
    models
        The model folder.
    threads
        Of one run; None takes the default of `reelscore.embedding.session`.
    idle_seconds
        Seconds without use after which the tower is dropped; None keeps it.
    """

    def __init__(
        self,
        models: Path,
        *,
        threads: int | None = None,
        idle_seconds: float | None = None,
        table: Table | None = None,
    ) -> None:
        self._models = models
        self._threads = threads
        self._idle_seconds = idle_seconds
        self._table = table or load_table()
        self._lock = threading.Lock()
        self._tower: tuple[str, Shared[ImageTower]] | None = None

    @property
    def cache_key(self) -> str:
        """Model, precision and files, the list of words, and the version of the code."""
        try:
            installed = choose_model(self._models, DEFAULT_PICTURE_MODEL)
        except ModelError:
            return "clip:damaged"
        # Short enough for the column that it is stored in, whatever the model is called.
        return f"clip:{VERSION}:{self._table.version}:{installed.precision}:{installed.fingerprint[:16]}"

    def read(
        self, pictures: Sequence[NDArray[np.uint8]], *, tick: Callable[[], None] = lambda: None
    ) -> Showing:
        """Look at pictures; see `PictureReader`."""
        from reelscore.embedding.clip.pictures import prepare
        from reelscore.embedding.hub.towers import normalise

        installed = choose_model(self._models, DEFAULT_PICTURE_MODEL)
        label = f"{installed.model.name} {installed.precision}"
        if not pictures:
            why = "no picture of the video has anything to be seen"
            return Showing(label, self._table.version, abstained=(why,))
        with self._lock:
            words = self._word_vectors(installed, tick)
            shared = self._image_tower(installed)
        with shared.use() as tower:
            vectors = []
            for picture in pictures:
                tick()
                vectors.append(normalise(tower.run(prepare(picture, tower.settings)[None])))
        looked = np.concatenate(vectors)
        found, abstained, begin = {}, [], 0
        for group, members in self._table.groups.items():
            end = begin + len(members)
            found[group], why_not = words_to_tell(members, mean_scores(looked, words[begin:end]))
            begin = end
            abstained += [f"no word for the {group}: {why_not}"] if why_not else []
        return Showing(
            label,
            self._table.version,
            scene=found.get("scene", ()),
            mood=found.get("mood", ()),
            abstained=tuple(abstained),
        )

    def close(self) -> None:
        """Drop the tower from memory; the next use loads it again."""
        with self._lock:
            if self._tower is not None:
                self._tower[1].unload()

    def _image_tower(self, installed: InstalledModel) -> Shared[ImageTower]:
        from reelscore.embedding.hub.shared import Shared
        from reelscore.embedding.hub.towers import ImageTower

        if self._tower is None or self._tower[0] != installed.fingerprint:
            load = Shared(
                lambda: ImageTower(installed, threads=self._threads), idle_seconds=self._idle_seconds
            )
            self._tower = (installed.fingerprint, load)
        return self._tower[1]

    def _word_vectors(self, installed: InstalledModel, tick: Callable[[], None]) -> FloatArray:
        """Unit vectors (words, dim) of all groups in their order, from beside the model or made now."""
        from reelscore.embedding.clap.check import check_clip, recorded_check
        from reelscore.embedding.hub.towers import TextTower, normalise

        words = [word for members in self._table.groups.values() for word in members]
        kept = installed.folder / f"words-{VERSION}-{self._table.version}-{installed.fingerprint[:16]}.npy"
        report = recorded_check(installed)
        if report is not None:
            report.require(installed.model.name)
            vectors = _load(kept, (len(words), installed.model.dim))
            if vectors is not None:
                return vectors
        text = TextTower(installed, threads=self._threads, provider="cpu")
        if report is None:
            with self._image_tower(installed).use() as tower:
                report = check_clip(tower, text)
            installed.write_check(report.figures())
            report.require(installed.model.name)
        made = []
        for word in words:
            tick()
            made.append(normalise(normalise(text.run(word.prompts)).mean(axis=0, keepdims=True)))
        vectors = np.concatenate(made)
        _save(kept, vectors)
        return vectors


def find_reader(
    models: Path, *, threads: int | None = None, idle_seconds: float | None = None
) -> ClipReader | None:
    """The reader of the installed CLIP; None if none is installed. Nothing is loaded yet."""
    if not is_installed(models, DEFAULT_PICTURE_MODEL):
        return None
    return ClipReader(models, threads=threads, idle_seconds=idle_seconds)


def _load(path: Path, shape: tuple[int, int]) -> FloatArray | None:
    """Vectors that `_save` kept; None if they are not there or not whole."""
    try:
        vectors: FloatArray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors if vectors.shape == shape and np.isfinite(vectors).all() else None


def _save(path: Path, vectors: FloatArray) -> None:
    """Keep vectors for the next process, in place of older ones; a read-only folder is no error."""
    fresh = path.with_name(f"{os.getpid()}.npy")
    try:
        for old in path.parent.glob("words-*.npy"):
            old.unlink(missing_ok=True)
        np.save(fresh, vectors, allow_pickle=False)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)

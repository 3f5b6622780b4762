"""An installed model behind the contracts of an embedder: shared by all threads, checked before use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.decode import resample
from reelscore.embedding.base import Space
from reelscore.embedding.clap.check import CheckReport, check_pictures, check_towers, recorded_check
from reelscore.embedding.clap.features import fill_window, window_starts
from reelscore.embedding.hub.folder import InstalledModel, choose_model, installed_models, is_installed
from reelscore.embedding.hub.models import DEFAULT_MODEL, Precision, require_extra
from reelscore.embedding.hub.shared import Shared
from reelscore.embedding.hub.towers import (
    AudioTower,
    Hears,
    ImageTower,
    Reads,
    Sees,
    TextTower,
    execution_providers,
    normalise,
)
from reelscore.errors import ConfigurationError, InvalidInputError, UnusableAudioError
from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding

# Texts whose vectors are kept: 2 MB.
CACHED_TEXTS = 1024


class HubEmbedder:
    """Implements AudioEmbedder and TextEmbedder; a joint model embeds pictures too.

    Each tower is loaded when it is first needed, once for all threads. A checkpoint in the format of
    transformers is one for all that it reads.

    Parameters
    ----------
    installed
        The model, as `open_embedder` or `reelscore.embedding.hub.folder.open_model` finds it.
    threads
        Of one run; None takes the default of `reelscore.embedding.session`.
    provider
        Execution provider: "cpu", "cuda", ... It is an error if it is not available.
    idle_seconds
        Seconds without use after which a tower is dropped from memory; None keeps it.
    """

    def __init__(
        self,
        installed: InstalledModel,
        *,
        threads: int | None = None,
        provider: str = "cpu",
        idle_seconds: float | None = None,
    ) -> None:
        execution_providers(provider)  # a wrong name is said at once
        self.installed = installed
        self.name = installed.model.short_name
        self.space: Space = installed.model.space(installed.precision)
        self.audio: Shared[Hears]
        self.text: Shared[Reads]
        self.pictures: Shared[Sees]
        if installed.model.is_checkpoint:
            from reelscore.embedding.joint.checkpoint import open_checkpoint

            whole = Shared(
                lambda: open_checkpoint(installed, threads=threads, provider=provider),
                idle_seconds=idle_seconds,
            )
            self.audio, self.text, self.pictures = whole, whole, whole
        else:
            self.audio = Shared(
                lambda: AudioTower(installed, threads=threads, provider=provider), idle_seconds=idle_seconds
            )
            self.text = Shared(
                lambda: TextTower(installed, threads=threads, provider=provider), idle_seconds=idle_seconds
            )
            self.pictures = Shared(lambda: ImageTower(installed, threads=threads), idle_seconds=idle_seconds)
        self._checked = False
        self._checking = threading.Lock()
        self._texts: OrderedDict[str, FloatArray] = OrderedDict()
        self._texts_lock = threading.Lock()

    def embed_audio(self, clip: AudioClip, features: MusicFeatures | None = None) -> TrackEmbedding:
        """Vectors of a track and of its windows: 10 s every 5 s, their mean, at unit length.

        Raises
        ------
        UnusableAudioError
            The clip is empty.
        ModelError
            The model is damaged, or fails the check that is made before its first use.
        ConfigurationError
            The execution provider that was asked for is not available.
        """
        if len(clip.samples) == 0:
            raise UnusableAudioError("there is no sound to listen to")
        self.ensure_checked(self.audio)
        with self.audio.use() as tower:
            settings = tower.settings
            clip = resample(clip, settings.sample_rate)
            starts = window_starts(len(clip.samples), settings)
            samples = fill_window(clip.samples, settings)
            raw = tower.hear(samples, starts)
        # The mean is taken of the raw outputs, as the checkpoint gives them.
        mean = raw.astype(np.float64).mean(axis=0).astype(np.float32)
        return TrackEmbedding(
            space=self.space.name,
            track=normalise(mean),
            windows=normalise(raw),
            window_starts=tuple(clip.start + start / settings.sample_rate for start in starts),
            window_seconds=min(settings.window_seconds, clip.duration),
        )

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors (n, dim); a text without a letter or a digit is a zero vector."""
        wanted = [" ".join(text.split()) if any(map(str.isalnum, text)) else "" for text in texts]
        vectors = np.zeros((len(wanted), self.space.dim), dtype=np.float32)
        missing = []
        for row, text in enumerate(wanted):
            known = self._recall(text)
            if known is not None:
                vectors[row] = known
            elif text:
                missing.append(row)
        if missing:
            self.ensure_checked(self.text)
            with self.text.use() as tower:
                for row in missing:
                    vectors[row] = normalise(tower.run([wanted[row]]))[0]
            for row in missing:
                self._remember(wanted[row], vectors[row].copy())
        return vectors

    def embed_pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """The unit vector (dim,) of the pictures of a video, in their order; at least one.

        Raises
        ------
        InvalidInputError
            There is no picture, or the model looks at none.
        ModelError
            As `embed_audio`.
        """
        if not pictures or not self.space.sees_pictures:
            raise InvalidInputError(f"there is no picture to look at with {self.installed.model.name}")
        self.ensure_checked(self.pictures)
        with self.pictures.use() as tower:
            seen = normalise(tower.look(pictures))
        return normalise(seen.mean(axis=0))

    def ensure_checked(self, wanted: object = None) -> None:
        """Check the model before its first use; a check that these very files passed before is enough.

        Parameters
        ----------
        wanted
            The tower that stays in memory after the check: `audio`, `text` or `pictures`.

        Raises
        ------
        ModelError
            The model fails: its prompts are all alike, or music is like noise to it; with the figure.
        """
        if self._checked:
            return
        with self._checking:
            if not self._checked:
                report = recorded_check(self.installed)
                if report is None:
                    report = self._check(wanted)
                    self.installed.write_check(report.figures())
                report.require(self.installed.model.name)
                self._checked = True

    def close(self) -> None:
        """Drop the towers from memory; the next use loads them again."""
        for tower in self._towers:
            tower.unload()

    def _check(self, wanted: object) -> CheckReport:
        loaded = [tower for tower in self._towers if tower.loaded]
        with self.audio.use() as audio, self.text.use() as text:
            report = check_towers(audio, text)
            if self.space.sees_pictures:
                with self.pictures.use() as pictures:
                    report = check_pictures(report, pictures)
        # Only one of them is wanted now, and the others are large; whoever uses them meanwhile keeps them.
        for tower in self._towers:
            if tower is not wanted and tower not in loaded:
                tower.unload()
        return report

    @property
    def _towers(self) -> tuple[Shared[Any], ...]:
        return self.audio, self.text, self.pictures

    def _recall(self, text: str) -> FloatArray | None:
        with self._texts_lock:
            found = self._texts.get(text)
            if found is not None:
                self._texts.move_to_end(text)
            return found

    def _remember(self, text: str, vector: FloatArray) -> None:
        with self._texts_lock:
            self._texts[text] = vector
            self._texts.move_to_end(text)
            while len(self._texts) > CACHED_TEXTS:
                self._texts.popitem(last=False)


def open_embedder(
    models: Path,
    *,
    name: str = DEFAULT_MODEL,
    precision: Precision | None = None,
    threads: int | None = None,
    provider: str = "cpu",
    idle_seconds: float | None = None,
) -> HubEmbedder:
    """The embedder of an installed model. Nothing is loaded yet.

    Parameters
    ----------
    models
        The model folder.
    name
        Of the checkpoint, as in CLAP_MODEL_NAME.
    precision
        Which of its files; None takes fp32 if it is installed, else int8.

    Raises
    ------
    ModelError
        The model is not installed, with the command that gets it; or it is known not to work.
    ConfigurationError
        The extra that it needs, `clap` or `joint`, is not installed.
    """
    installed = choose_model(models, name, precision)
    if not installed.model.hears:
        raise ConfigurationError(
            f"{installed.model.name} knows pictures and no sound; set CLAP_MODEL_NAME to a CLAP model, "
            f"such as {DEFAULT_MODEL}"
        )
    require_extra(installed.model)
    return HubEmbedder(installed, threads=threads, provider=provider, idle_seconds=idle_seconds)


def open_embedders(
    models: Path, wanted: str, *, precision: Precision | None = None, **options: Any
) -> tuple[HubEmbedder, ...]:
    """The model of a name, if it is installed, as "clap", and every installed joint model under its own name.

    `precision` is of the first; the options and what is raised are those of `open_embedder`.
    """
    found = []
    if is_installed(models, wanted, precision):
        found.append(open_embedder(models, name=wanted, precision=precision, **options))
        found[0].name = "clap"
    others = {item.model.name for item in installed_models(models) if item.model.is_joint}
    others -= {each.installed.model.name for each in found}
    return (*found, *(open_embedder(models, name=name, **options) for name in sorted(others)))

"""CLAP behind the contracts of an embedder: one model for all threads, deterministic, checked before use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reelscore.audio.decode import resample
from reelscore.embedding.base import Space
from reelscore.embedding.clap.check import CheckReport, check_towers, recorded_check
from reelscore.embedding.clap.features import fill_window, log_mel_windows, window_starts
from reelscore.embedding.hub.folder import InstalledModel, choose_model
from reelscore.embedding.hub.models import DEFAULT_MODEL, Precision
from reelscore.embedding.hub.shared import Shared
from reelscore.embedding.hub.towers import AudioTower, TextTower, execution_providers, normalise
from reelscore.errors import ConfigurationError, UnusableAudioError, how_to_get
from reelscore.records import AudioClip, FloatArray, MusicFeatures, TrackEmbedding

# Texts whose vectors are kept: 2 MB.
CACHED_TEXTS = 1024
# Windows whose features are in memory at once: 16 are 4 MB.
_WINDOWS_AT_ONCE = 16


class ClapEmbedder:
    """Implements AudioEmbedder and TextEmbedder for an installed CLAP model.

    Each tower is loaded when it is first needed, once for all threads.

    Parameters
    ----------
    installed
        The model, as `open_clap` or `reelscore.embedding.hub.folder.open_model` finds it.
    threads
        Of one run; None takes the default of `reelscore.embedding.session`.
    provider
        Execution provider: "cpu", "cuda", ... It is an error if it is not available.
    idle_seconds
        A tower that was not used for so long is dropped from memory; None keeps it.
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
        self.space: Space = installed.model.space(installed.precision)
        self.audio = Shared(
            lambda: AudioTower(installed, threads=threads, provider=provider), idle_seconds=idle_seconds
        )
        self.text = Shared(
            lambda: TextTower(installed, threads=threads, provider=provider), idle_seconds=idle_seconds
        )
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
            raw = np.concatenate(
                [
                    tower.run(log_mel_windows(samples, starts[begin : begin + _WINDOWS_AT_ONCE], settings))
                    for begin in range(0, len(starts), _WINDOWS_AT_ONCE)
                ]
            )
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

    def ensure_checked(self, wanted: object = None) -> None:
        """Check the model before its first use; a check that these very files passed before is enough.

        Parameters
        ----------
        wanted
            The tower that stays in memory after the check, `self.audio` or `self.text`.

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
        """Drop both towers from memory; the next use loads them again."""
        self.audio.unload()
        self.text.unload()

    def _check(self, wanted: object) -> CheckReport:
        audio_was_loaded, text_was_loaded = self.audio.loaded, self.text.loaded
        with self.audio.use() as audio, self.text.use() as text:
            report = check_towers(audio, text)
        # Only one of them is wanted now, and the other is large; whoever uses it meanwhile keeps it.
        if wanted is not self.audio and not audio_was_loaded:
            self.audio.unload()
        if wanted is not self.text and not text_was_loaded:
            self.text.unload()
        return report

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


def open_clap(
    models: Path,
    *,
    name: str = DEFAULT_MODEL,
    precision: Precision | None = None,
    threads: int | None = None,
    provider: str = "cpu",
    idle_seconds: float | None = None,
) -> ClapEmbedder:
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
        The extra `clap` is not installed.
    """
    require_extra()
    installed = choose_model(models, name, precision)
    if installed.model.for_pictures:
        raise ConfigurationError(
            f"{installed.model.name} knows pictures and no sound; set CLAP_MODEL_NAME to a CLAP model, "
            f"such as {DEFAULT_MODEL}"
        )
    return ClapEmbedder(installed, threads=threads, provider=provider, idle_seconds=idle_seconds)


def require_extra() -> None:
    """Raise ConfigurationError, naming the extra, if the libraries that CLAP needs are not installed."""
    from importlib.util import find_spec

    if find_spec("tokenizers") is None:
        raise ConfigurationError(f"CLAP needs the package tokenizers; {how_to_get('clap')}")

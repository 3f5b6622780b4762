"""The towers of a model, which hear, see and read; those of CLAP and CLIP are ONNX graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.clap.features import (
    FeatureSettings,
    WindowSettings,
    log_mel_windows,
    read_settings,
)
from reelscore.embedding.clip.pictures import prepare
from reelscore.embedding.clip.pictures import read_settings as read_picture_settings
from reelscore.embedding.hub.folder import InstalledModel
from reelscore.embedding.hub.models import AUDIO, FEATURES, IMAGE, TEXT, TOKENIZER
from reelscore.embedding.session import CPU, open_session
from reelscore.errors import ConfigurationError, ModelError, UnknownNameError, how_to_get
from reelscore.records import FloatArray

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

# Names of the setting -> execution providers of ONNX Runtime, best first.
_PROVIDERS = {
    "cpu": (CPU,),
    "cuda": ("CUDAExecutionProvider",),
    "rocm": ("ROCMExecutionProvider",),
    "migraphx": ("MIGraphXExecutionProvider",),
    "openvino": ("OpenVINOExecutionProvider",),
    "coreml": ("CoreMLExecutionProvider",),
    "directml": ("DmlExecutionProvider",),
}
# Windows in one run: on a processor the activations of one window fill its caches already.
_CPU_BATCH, _DEVICE_BATCH = 1, 16
# Windows whose features are in memory at once: 16 are 4 MB.
_WINDOWS_AT_ONCE = 16


def execution_providers(name: str) -> tuple[str, ...]:
    """The execution providers behind a setting such as "cpu" or "cuda".

    Raises
    ------
    UnknownNameError
        There is no provider of this name.
    """
    if name.lower() not in _PROVIDERS:
        raise UnknownNameError("execution provider", name, _PROVIDERS)
    return _PROVIDERS[name.lower()]


class Hears(Protocol):
    """Windows of sound to vectors."""

    @property
    def settings(self) -> WindowSettings:
        """How sound is cut for it."""
        ...

    def hear(self, samples: FloatArray, starts: tuple[int, ...]) -> FloatArray:
        """The outputs for the windows that begin there, not normalised: float32 (windows, dim)."""
        ...


class Sees(Protocol):
    """Pictures to vectors."""

    def look(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """The outputs for the pictures of a video, uint8 RGB, not normalised: float32 (n or 1, dim)."""
        ...


class Reads(Protocol):
    """Words to vectors."""

    def run(self, texts: Sequence[str]) -> FloatArray:
        """The outputs for texts, not normalised: float32 (n, dim)."""
        ...


class AudioTower:
    """Log-mel windows to vectors."""

    def __init__(self, installed: InstalledModel, *, threads: int | None, provider: str) -> None:
        self.settings: FeatureSettings = read_settings(installed.verify(FEATURES))
        self._session = _open(installed, AUDIO, threads=threads, provider=provider)
        self._input = _input_names(self._session)[0]
        self._output = _output_number(self._session, installed, AUDIO)
        self._batch = _CPU_BATCH if execution_providers(provider) == (CPU,) else _DEVICE_BATCH

    def run(self, windows: FloatArray) -> FloatArray:
        """The projected outputs of windows (n, 1, frames, n_mels), not normalised: float32 (n, dim)."""
        outputs = []
        for begin in range(0, len(windows), self._batch):
            batch = windows[begin : begin + self._batch]
            outputs.append(self._session.run(None, {self._input: batch})[self._output])
        result: FloatArray = np.concatenate(outputs)
        return result

    def hear(self, samples: FloatArray, starts: tuple[int, ...]) -> FloatArray:
        """See `Hears`."""
        return np.concatenate(
            [
                self.run(log_mel_windows(samples, starts[begin : begin + _WINDOWS_AT_ONCE], self.settings))
                for begin in range(0, len(starts), _WINDOWS_AT_ONCE)
            ]
        )


class ImageTower:
    """Pictures to vectors."""

    def __init__(self, installed: InstalledModel, *, threads: int | None = None) -> None:
        self.settings = read_picture_settings(installed.verify(FEATURES))
        self._name = f"{IMAGE} of {installed.model.name}"
        self._session = _open(installed, IMAGE, threads=threads, provider="cpu")
        self._input = _input_names(self._session)[0]
        self._output = _output_number(self._session, installed, IMAGE)

    def run(self, pictures: FloatArray) -> FloatArray:
        """The projected outputs of pictures (n, 3, side, side), not normalised: float32 (n, dim)."""
        vectors = run_session(self._session, {self._input: pictures}, self._name)[self._output]
        if vectors.shape[0] != len(pictures) or not np.isfinite(vectors).all():
            raise ModelError(f"{self._name} gives no usable vector for a picture; pull the model again")
        return vectors

    def look(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """See `Sees`; each picture alone."""
        return np.concatenate([self.run(prepare(one, self.settings)[None]) for one in pictures])


class TextTower:
    """Words to vectors."""

    def __init__(self, installed: InstalledModel, *, threads: int | None, provider: str) -> None:
        self._tokenizer = _open_tokenizer(installed)
        self._session = _open(installed, TEXT, threads=threads, provider=provider)
        self._name = f"{TEXT} of {installed.model.name}"
        self._inputs = _input_names(self._session)
        self._output = _output_number(self._session, installed, TEXT)

    def run(self, texts: Sequence[str]) -> FloatArray:
        """The projected outputs of texts, not normalised: float32 (n, dim).

        Each text runs alone: in a batch its padding would shift the last digits of its vector, so the same
        words would give other bytes in other company.
        """
        return np.concatenate([self._run_one(text) for text in texts])

    def encode(self, text: str) -> list[int]:
        """Ids of the pieces of a text, with the marks of its begin and end."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def _run_one(self, text: str) -> FloatArray:
        ids = np.asarray([self.encode(text)], dtype=np.int64)
        values = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        missing = [name for name in self._inputs if name not in values]
        if missing:
            raise ModelError(f"{self._name} wants {', '.join(missing)}, so it is no tower for texts")
        return run_session(self._session, {name: values[name] for name in self._inputs}, self._name)[
            self._output
        ]


def normalise(vectors: FloatArray) -> FloatArray:
    """Rows at unit length; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=-1, keepdims=True)
    unit: FloatArray = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def run_session(
    session: onnxruntime.InferenceSession, feeds: Mapping[str, np.ndarray], name: str
) -> list[FloatArray]:
    """All outputs of one run; what ONNX Runtime says of inputs that do not fit comes as ModelError."""
    try:
        outputs: list[FloatArray] = session.run(None, dict(feeds))
    except Exception as error:  # the library has a dozen kinds without a common one
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{name} cannot be run ({reason}); remove the model and pull it again") from error
    return outputs


def _open(
    installed: InstalledModel, part: str, *, threads: int | None, provider: str
) -> onnxruntime.InferenceSession:
    path = installed.verify(part)
    try:
        return open_session(
            path,
            name=f"{installed.model.name} ({path})",
            threads=threads,
            providers=execution_providers(provider),
        )
    except ConfigurationError as error:
        if execution_providers(provider) == (CPU,):
            raise
        raise ConfigurationError(
            f"{error}; install the ONNX Runtime build for it, or set REELSCORE_EXECUTION_PROVIDER=cpu"
        ) from error


def _open_tokenizer(installed: InstalledModel) -> Tokenizer:
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"reading words for CLAP or CLIP needs the package tokenizers; {how_to_get('clap')}"
        ) from error
    path = installed.verify(TOKENIZER)
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises plain Exception
        raise ModelError(f"{path} is no tokenizer that can be used: {error}") from error
    # The file may ask for padding or a shorter cut, which suits batches and not single texts.
    tokenizer.no_padding()
    tokenizer.enable_truncation(installed.model.max_pieces)
    return tokenizer


def _input_names(session: onnxruntime.InferenceSession) -> list[str]:
    return [item.name for item in session.get_inputs()]


def _output_number(session: onnxruntime.InferenceSession, installed: InstalledModel, part: str) -> int:
    """Which output holds the projected vectors: some exports carry hidden states as well."""
    for number, item in enumerate(session.get_outputs()):
        if len(item.shape) == 2 and item.shape[-1] == installed.model.dim:
            return number
    raise ModelError(
        f"{part} of {installed.model.name} has no output of {installed.model.dim} values for each input: "
        "it is no tower with its projection"
    )

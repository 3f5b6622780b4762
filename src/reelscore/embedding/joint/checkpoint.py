"""Checkpoints in the format of transformers: what they make of words, sound and pictures, on PyTorch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.clap.features import WindowSettings
from reelscore.embedding.hub.embedder import require_extra
from reelscore.embedding.hub.folder import InstalledModel
from reelscore.embedding.hub.models import CONFIG, PROCESSOR
from reelscore.embedding.hub.towers import Hears, Reads, Sees
from reelscore.errors import ConfigurationError, ModelError
from reelscore.records import FloatArray

# Setting of the execution provider -> device of PyTorch.
_DEVICES = {"cpu": "cpu", "cuda": "cuda", "rocm": "cuda", "coreml": "mps"}
# What EmbeddingGemma 2 was trained to see before the words of a search.
_SEARCH = "task: search result | query: "


class Checkpoint(Hears, Sees, Reads, Protocol):
    """One model for all that it reads."""


def open_checkpoint(installed: InstalledModel, *, threads: int | None, provider: str) -> Checkpoint:
    """Load a checkpoint in float32, after its files were verified.

    Raises
    ------
    ConfigurationError
        The extra `joint` is not installed, or the device cannot be had.
    ModelError
        The files are damaged, or of a kind of model that is not known here.
    """
    require_extra(installed.model)
    for part in installed.parts:
        installed.verify(part)
    torch: Any = import_module("torch")
    import_module("transformers").utils.logging.disable_progress_bar()
    if provider.lower() not in _DEVICES:
        raise ConfigurationError(f"PyTorch does not run on {provider}; set REELSCORE_EXECUTION_PROVIDER=cpu")
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        kind = json.loads(installed.path(CONFIG).read_text(encoding="utf-8"))["model_type"]
        if kind not in _KINDS:
            raise ModelError(f"{installed.model.name} is a {kind!r}; known kinds: {', '.join(_KINDS)}")
        made = _KINDS[kind](installed, torch.device(_DEVICES[provider.lower()]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{installed.folder} cannot be loaded with transformers: {reason}") from error
    return made


class _EmbeddingGemma:
    """EmbeddingGemma 2: every sense becomes tokens of one encoder, whose outputs are averaged."""

    settings = WindowSettings(sample_rate=16_000, hop=1)

    def __init__(self, installed: InstalledModel, device: Any) -> None:
        folder, transformers = installed.folder, import_module("transformers")
        self._torch: Any = import_module("torch")
        self._most_pieces = installed.model.max_pieces
        said = json.loads(installed.path(PROCESSOR).read_text(encoding="utf-8"))
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        # Without torchvision, which only the processor of whole videos needs. Its frames are pictures with
        # fewer tokens each, so those of a video are given as such.
        self._sound = transformers.Gemma4AudioFeatureExtractor(**said["feature_extractor"])
        pictures = {**said["image_processor"], "max_soft_tokens": said["video_processor"]["max_soft_tokens"]}
        self._pictures = transformers.Gemma4ImageProcessorPil(**pictures)
        self._tokens_of = transformers.EmbeddingGemma2Processor.compute_sscp
        self._model = transformers.EmbeddingGemma2Model.from_pretrained(
            folder, local_files_only=True, dtype=self._torch.float32
        )
        self._model.eval().to(device)

    def run(self, texts: Sequence[str]) -> FloatArray:
        """The outputs for texts that are searched with; each alone, so that none is padded."""
        return np.concatenate([self._embed(_SEARCH + text, truncation=True) for text in texts])

    def hear(self, samples: FloatArray, starts: tuple[int, ...]) -> FloatArray:
        """The outputs for windows of sound at 16 kHz."""
        return np.concatenate([self._hear(samples[at : at + self.settings.window]) for at in starts])

    def look(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """The output for the frames of a video together: (1, dim)."""
        marks, found = self._tokenizer, self._pictures(images=[list(pictures)], return_tensors="pt")
        frames = [
            f"{marks.boi_token}{marks.image_token * int(count)}{marks.eoi_token}"
            for count in found.pop("num_soft_tokens_per_image")
        ]
        return self._embed("".join(frames), **found)

    def _hear(self, window: FloatArray) -> FloatArray:
        marks, found = self._tokenizer, self._sound([window], return_tensors="pt")
        count = self._tokens_of(found["input_features_mask"][0].numpy())
        return self._embed(f"{marks.boa_token}{marks.audio_token * count}{marks.eoa_token}", **found)

    def _embed(self, text: str, *, truncation: bool = False, **media: Any) -> FloatArray:
        cut = {"truncation": True, "max_length": self._most_pieces} if truncation else {}
        ids = self._tokenizer(text, return_tensors="pt", **cut)["input_ids"]
        given = {"input_ids": ids, "attention_mask": self._torch.ones_like(ids), **media}
        with self._torch.inference_mode():
            given = {name: value.to(self._model.device) for name, value in given.items()}
            states = self._model(**given).last_hidden_state
            found: FloatArray = states.mean(dim=1).float().cpu().numpy()
        if not np.isfinite(found).all():
            raise ModelError("the joint model gives no usable vector; pull it again")
        return found


_KINDS: Mapping[str, Callable[[InstalledModel, Any], Checkpoint]] = {"embedding_gemma2": _EmbeddingGemma}

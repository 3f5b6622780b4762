"""Checkpoints in the format of transformers: what they make of words, sound and pictures, on PyTorch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.clap.features import WindowSettings
from reelscore.embedding.hub.folder import InstalledModel
from reelscore.embedding.hub.models import CONFIG, PROCESSOR, require_extra
from reelscore.embedding.hub.towers import Hears, Reads, Sees
from reelscore.errors import ConfigurationError, ModelError
from reelscore.records import FloatArray

# Setting of the execution provider -> device of PyTorch.
_DEVICES = {"cpu": "cpu", "cuda": "cuda", "rocm": "cuda", "coreml": "mps"}
# What EmbeddingGemma 2 was trained to see before the words of a search.
_SEARCH = "task: search result | query: "


class Checkpoint(Hears, Sees, Reads, Protocol):
    """One model for all that it reads."""

    dim: int


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
    if made.dim != installed.model.dim:
        raise ModelError(f"{installed.model.name} gives {made.dim} values and not {installed.model.dim}")
    return made


class _Loaded:
    """What both kinds share: tokenizer, model, and running each input alone, without padding."""

    settings: WindowSettings

    def __init__(self, installed: InstalledModel, device: Any, kind: str) -> None:
        self._torch: Any = import_module("torch")
        self._transformers: Any = import_module("transformers")
        self._most_pieces = installed.model.max_pieces
        self._said = json.loads(installed.path(PROCESSOR).read_text(encoding="utf-8"))
        given = {"local_files_only": True}
        self._tokenizer = self._transformers.AutoTokenizer.from_pretrained(installed.folder, **given)
        model = getattr(self._transformers, kind)
        self._model = model.from_pretrained(installed.folder, dtype=self._torch.float32, **given)
        self._model.eval().to(device)

    def run(self, texts: Sequence[str]) -> FloatArray:
        """The outputs for texts that are searched with."""
        return np.concatenate([self._read(text) for text in texts])

    def hear(self, samples: FloatArray, starts: tuple[int, ...]) -> FloatArray:
        """The outputs for windows of sound."""
        return np.concatenate([self._hear(samples[at : at + self.settings.window]) for at in starts])

    def _read(self, text: str) -> FloatArray:
        raise NotImplementedError

    def _hear(self, window: FloatArray) -> FloatArray:
        raise NotImplementedError

    def _pieces(self, text: str) -> Any:
        cut = {"truncation": True, "max_length": self._most_pieces}
        return self._tokenizer(text, return_tensors="pt", **cut)["input_ids"]

    def _run(self, tower: Callable[..., Any], **given: Any) -> FloatArray:
        with self._torch.inference_mode():
            made = tower(**{name: value.to(self._model.device) for name, value in given.items()})
            found: FloatArray = made.float().cpu().numpy()
        if not np.isfinite(found).all():
            raise ModelError("the joint model gives no usable vector; pull it again")
        return found


class _EmbeddingGemma(_Loaded):
    """EmbeddingGemma 2: every sense becomes tokens of one encoder, whose outputs are averaged."""

    settings = WindowSettings(sample_rate=16_000, hop=1)

    def __init__(self, installed: InstalledModel, device: Any) -> None:
        super().__init__(installed, device, "EmbeddingGemma2Model")
        self.dim: int = self._model.config.text_config.embedding_dim
        self._sound = self._transformers.Gemma4AudioFeatureExtractor(**self._said["feature_extractor"])
        # Without torchvision, which only the processor of whole videos needs. Its frames are pictures with
        # fewer tokens each, so those of a video are given as such.
        tokens = self._said["video_processor"]["max_soft_tokens"]
        pictures = {**self._said["image_processor"], "max_soft_tokens": tokens}
        self._pictures = self._transformers.Gemma4ImageProcessorPil(**pictures)
        self._tokens_of = self._transformers.EmbeddingGemma2Processor.compute_sscp

    def look(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """The output for the frames of a video together: (1, dim)."""
        marks, found = self._tokenizer, self._pictures(images=[list(pictures)], return_tensors="pt")
        frames = [
            f"{marks.boi_token}{marks.image_token * int(count)}{marks.eoi_token}"
            for count in found.pop("num_soft_tokens_per_image")
        ]
        return self._embed(marks("".join(frames), return_tensors="pt")["input_ids"], **found)

    def _read(self, text: str) -> FloatArray:
        return self._embed(self._pieces(_SEARCH + text))

    def _hear(self, window: FloatArray) -> FloatArray:
        marks, found = self._tokenizer, self._sound([window], return_tensors="pt")
        count = self._tokens_of(found["input_features_mask"][0].numpy())
        text = f"{marks.boa_token}{marks.audio_token * count}{marks.eoa_token}"
        return self._embed(marks(text, return_tensors="pt")["input_ids"], **found)

    def _embed(self, ids: Any, **media: Any) -> FloatArray:
        given = {"input_ids": ids, "attention_mask": self._torch.ones_like(ids), **media}
        return self._run(lambda **given: self._model(**given).last_hidden_state.mean(dim=1), **given)


class _PeAudioVideo(_Loaded):
    """PE-AV: a tower for each sense, with a head each that leads into one space.

    The towers are called one by one: of the model's own methods for that, those for words and for pictures
    fail in transformers 5.23.
    """

    settings = WindowSettings(sample_rate=48_000, hop=1)

    def __init__(self, installed: InstalledModel, device: Any) -> None:
        super().__init__(installed, device, "PeAudioVideoModel")
        self.dim: int = self._model.config.text_config.hidden_size
        self._sound = self._transformers.PeAudioFeatureExtractor(**self._said["feature_extractor"])
        # The settings of one picture: which frames of the video they are was chosen before.
        names = ("size", "resample", "rescale_factor", "image_mean", "image_std")
        pictures = {name: self._said["video_processor"][name] for name in names}
        done = dict.fromkeys(("do_resize", "do_rescale", "do_normalize"), True)
        self._pictures = self._transformers.PeVideoVideoProcessor(**pictures, **done, do_sample_frames=False)

    def look(self, pictures: Sequence[NDArray[np.uint8]]) -> FloatArray:
        """The output for the frames of a video together: (1, dim)."""
        frames = self._pictures(videos=[np.stack(pictures)], return_tensors="pt")["pixel_values_videos"]
        tower = self._model.video_model
        return self._run(
            lambda **given: tower.video_head(tower.video_encoder(**given).pooler_output),
            pixel_values_videos=frames,
        )

    def _read(self, text: str) -> FloatArray:
        ids, tower = self._pieces(text), self._model.audio_model
        return self._run(
            lambda **given: tower.text_audio_head(
                tower.text_model(**given, output_hidden_states=True).hidden_states[-1][:, 0]
            ),
            input_ids=ids,
            attention_mask=self._torch.ones_like(ids),
        )

    def _hear(self, window: FloatArray) -> FloatArray:
        rate = self.settings.sample_rate
        return self._run(
            self._model.get_audio_embeds, **self._sound([window], sampling_rate=rate, return_tensors="pt")
        )


_KINDS: Mapping[str, Callable[[InstalledModel, Any], Checkpoint]] = {
    "embedding_gemma2": _EmbeddingGemma,
    "pe_audio_video": _PeAudioVideo,
}

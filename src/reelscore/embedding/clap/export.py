"""Make the ONNX files of a CLAP checkpoint, with PyTorch and transformers.

Only for checkpoints that have no ONNX export on the hub; everything else works without these libraries. They
come with the extra `export`, and are imported in here and nowhere else.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from reelscore.embedding.clap.features import read_settings
from reelscore.embedding.hub.folder import InstalledModel, Staging, open_model
from reelscore.embedding.hub.models import (
    AUDIO,
    FEATURES,
    KNOWN_MODELS,
    TEXT,
    TOKENIZER,
    Precision,
    described_model,
)
from reelscore.errors import ConfigurationError, ModelError, how_to_get
from reelscore.records import Progress, ProgressCallback, ignore_progress

_OPSET = 17  # the first with layer normalisation as one operation
_STEPS = 4


def export_checkpoint(
    models: Path,
    name: str,
    precision: Precision = "fp32",
    progress: ProgressCallback = ignore_progress,
) -> InstalledModel:
    """Bring a checkpoint of the hub, or in a folder, into the model folder.

    Parameters
    ----------
    name
        OWNER/NAME, or the path of a folder with a checkpoint in the format of transformers.

    Raises
    ------
    ModelError
        The checkpoint cannot be had, or is no CLAP without fusion.
    ConfigurationError
        The extra `export` is not installed.
    """
    torch, transformers = _import("torch"), _import("transformers")
    _import("onnx")
    transformers.utils.logging.disable_progress_bar()
    progress(Progress(0, _STEPS, f"loading {name}"))
    with _quiet():
        try:
            model = transformers.ClapModel.from_pretrained(name).eval()
            tokenizer = transformers.AutoTokenizer.from_pretrained(name)
            extractor = transformers.ClapFeatureExtractor.from_pretrained(name)
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0][:200]
            raise ModelError(f"{name} cannot be loaded as a CLAP checkpoint: {reason}") from error
    if model.config.audio_config.enable_fusion or extractor.truncation != "rand_trunc":
        raise ModelError(
            f"{name} is a CLAP with fusion, which looks at crops chosen at random; take one without"
        )
    label = Path(name).name if Path(name).is_dir() else name
    record = KNOWN_MODELS.get(
        label, described_model(label, int(model.config.projection_dim), int(extractor.sampling_rate))
    )
    staging = Staging(models, record, precision)
    progress(Progress(1, _STEPS, "audio tower"))
    with _quiet(), torch.no_grad():
        export_audio_tower(model, staging.folder / AUDIO, frames=_frames(extractor))
        progress(Progress(2, _STEPS, "text tower"))
        export_text_tower(model, staging.folder / TEXT)
        if precision == "int8":
            progress(Progress(3, _STEPS, "int8"))
            for part in (AUDIO, TEXT):
                quantise(staging.folder / part)
        saved = staging.folder / "saved"
        tokenizer.save_pretrained(saved)
        extractor.save_pretrained(saved)
    (saved / TOKENIZER).replace(staging.folder / TOKENIZER)
    (saved / FEATURES).replace(staging.folder / FEATURES)
    shutil.rmtree(saved)
    read_settings(staging.folder / FEATURES)
    staging.finish(revision=str(getattr(model.config, "_commit_hash", None) or ""))
    progress(Progress(_STEPS, _STEPS, "done"))
    return open_model(models, record.name, precision)


def export_audio_tower(model: Any, path: Path, *, frames: int = 1001, bands: int = 64) -> None:
    """Write the audio tower of a `ClapModel` with its projection: (n, 1, frames, bands) -> (n, dim)."""
    torch: Any = import_module("torch")

    class Tower(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.tower, self.projection = model.audio_model, model.audio_projection

        def forward(self, input_features: Any) -> Any:
            return self.projection(self.tower(input_features=input_features).pooler_output)

    _export(
        Tower().eval(),
        (torch.zeros(2, 1, frames, bands),),
        path,
        inputs={"input_features": {0: "windows"}},
        output="audio_embeds",
    )


def export_text_tower(model: Any, path: Path) -> None:
    """Write the text tower of a `ClapModel` with its projection: ids and mask (n, pieces) -> (n, dim)."""
    torch: Any = import_module("torch")

    class Tower(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.tower, self.projection = model.text_model, model.text_projection

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.tower(input_ids=input_ids, attention_mask=attention_mask)
            return self.projection(states.pooler_output)

    ids = torch.full((2, 7), 5, dtype=torch.int64)
    _export(
        Tower().eval(),
        (ids, torch.ones_like(ids)),
        path,
        inputs={"input_ids": {0: "texts", 1: "pieces"}, "attention_mask": {0: "texts", 1: "pieces"}},
        output="text_embeds",
    )


def quantise(path: Path) -> None:
    """Turn the weights of an ONNX file to int8, in place.

    Signed weights with a scale for each channel, matrix products and look-ups only: of the ways that ONNX
    Runtime offers it is the fastest on a processor, and the nearest to the original.
    """
    quantization: Any = import_module("onnxruntime.quantization")
    result = path.with_suffix(".int8")
    with _quiet():
        quantization.quantize_dynamic(
            path,
            result,
            weight_type=quantization.QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
            per_channel=True,
        )
    result.replace(path)


def _export(module: Any, arguments: Any, path: Path, *, inputs: dict[str, Any], output: str) -> None:
    torch: Any = import_module("torch")
    with _quiet(), torch.no_grad():
        torch.onnx.export(
            module,
            arguments,
            str(path),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={**inputs, output: {0: next(iter(inputs.values()))[0]}},
            opset_version=_OPSET,
            dynamo=False,  # the newer exporter wants another package and gives the same graph
        )


def _frames(extractor: Any) -> int:
    return int(extractor.nb_max_samples) // int(extractor.hop_length) + 1


def _import(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"exporting a checkpoint needs PyTorch; {how_to_get('export')}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """The libraries' warnings, which are about code of their own, stay out of the answer."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)

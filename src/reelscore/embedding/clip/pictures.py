"""Pictures to the pixels that the image tower of CLIP looks at.

The values are those of the reference (`CLIPImageProcessor` of transformers on Pillow): the shorter side
brought to the model's size by a bicubic filter that widens with the reduction, rounded after each direction,
then the middle square, shifted and scaled for each colour.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import ModelError
from reelscore.records import FloatArray

_BICUBIC = 3  # as Pillow counts its filters
_SHARPNESS = -0.5  # of the cubic (Keys 1981)


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """What a checkpoint's `preprocessor_config.json` says, as far as it may differ."""

    side: int = 224  # pixels of the square
    mean: tuple[float, ...] = (0.48145466, 0.4578275, 0.40821073)  # of red, green, blue in 0..1
    deviation: tuple[float, ...] = (0.26862954, 0.26130258, 0.27577711)


def read_settings(path: Path) -> PictureSettings:
    """Read a checkpoint's `preprocessor_config.json`.

    Raises
    ------
    ModelError
        The file is missing or damaged, or asks for something that is not done here.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        # Older files state a number, newer ones what it is the length of.
        shorter, crop = _length(values["size"], "shortest_edge"), _length(values["crop_size"], "height")
        settings = PictureSettings(
            crop, tuple(map(float, values["image_mean"])), tuple(map(float, values["image_std"]))
        )
        filter_number = int(values.get("resample", _BICUBIC))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"the settings of the model's pictures, {path}, are missing or damaged ({error}); "
            "remove the model and pull it again"
        ) from error
    colours = (len(settings.mean), len(settings.deviation))
    if shorter != crop or filter_number != _BICUBIC or colours != (3, 3) or not 0 < crop <= 1024:
        raise ModelError(
            f"{path} asks for pictures of another kind than the middle square of the shorter side in three "
            "colours; only CLIP checkpoints of OpenAI's kind can be used"
        )
    return settings


def _length(size: Any, name: str) -> int:
    return int(size[name] if isinstance(size, dict) else size)


def prepare(image: NDArray[np.uint8], settings: PictureSettings) -> FloatArray:
    """One picture, uint8 RGB (height, width, 3), as float32 (3, side, side)."""
    height, width = image.shape[:2]
    short = min(height, width)
    rows, columns = (settings.side * length // short for length in (height, width))
    small = _resized(_resized(image, columns, axis=1), rows, axis=0)
    top, left = (rows - settings.side) // 2, (columns - settings.side) // 2
    square = small[top : top + settings.side, left : left + settings.side].astype(np.float32) / 255.0
    mean, deviation = (np.array(colours, np.float32) for colours in (settings.mean, settings.deviation))
    values = (square - mean) / deviation
    return np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float32)


def _resized(image: NDArray[np.uint8], length: int, *, axis: int) -> NDArray[np.uint8]:
    """The picture at another length of one side."""
    old = image.shape[axis]
    if old == length:
        return image
    step = old / length
    wide = max(step, 1.0)
    centres = (np.arange(length) + 0.5) * step
    weights = _cubic((np.arange(old) + 0.5 - centres[:, None]) / wide)
    weights /= weights.sum(axis=1, keepdims=True)
    lines = np.moveaxis(image, axis, 0).astype(np.float64)
    values = np.tensordot(weights, lines, axes=1)
    rounded: NDArray[np.uint8] = np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)
    return np.moveaxis(rounded, 0, axis)


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.abs(x)
    near = (_SHARPNESS + 2) * x**3 - (_SHARPNESS + 3) * x**2 + 1
    far = _SHARPNESS * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))

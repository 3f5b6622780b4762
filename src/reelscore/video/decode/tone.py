"""High dynamic range as a viewer of standard range would see it: transfer and primaries of small pictures.

What is stored as PQ (SMPTE ST 2084) or HLG (ARIB STD-B67), mostly with the wide primaries of BT.2020, looks
grey if it is taken for BT.709. Reference white, 203 cd/m2 (ITU-R BT.2408), becomes white; what is brighter is
pressed into the little room above .8 of it without a change of hue; the primaries become those of BT.709, and
the transfer that of an SDR display, BT.1886. Pure.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray

# Codes of H.273, as FFmpeg hands them on.
PQ, HLG = 16, 18
BT2020, DISPLAY_P3, DCI_P3 = 9, 12, 11
_REFERENCE_WHITE = 203.0  # cd/m2
_HLG_PEAK = 1000.0
_HLG_SYSTEM_GAMMA = 1.2
_SDR_GAMMA = 2.4
_KNEE = 0.8
_LEVELS = 1 << 12
# Linear RGB of the primaries of ITU-R BT.709, from those of BT.2020 (ITU-R BT.2087) and P3 with D65.
_TO_709 = {
    BT2020: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    DISPLAY_P3: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0196, -0.0786, 1.0979)),
}
_HLG_LUMA = np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)


def is_high_range(transfer: int) -> bool:
    """Whether pictures of this transfer must go through `to_standard_range`."""
    return transfer in (PQ, HLG)


def to_standard_range(image: NDArray[np.uint16], transfer: int, primaries: int) -> NDArray[np.uint8]:
    """A picture of high range as one of standard range.

    Parameters
    ----------
    image
        RGB of shape (height, width, 3) and 16 bits, as stored.
    transfer, primaries
        Codes of ITU-T H.273.
    """
    light = _light_of(transfer)[image >> 4]
    if transfer == HLG:
        # The display makes the scene brighter by its luminance (the OOTF of ITU-R BT.2100).
        luma = np.maximum(light @ _HLG_LUMA, np.float32(1e-6))
        light *= (luma ** np.float32(_HLG_SYSTEM_GAMMA - 1.0))[..., None]
        light *= np.float32(_HLG_PEAK / _REFERENCE_WHITE)
    matrix = _TO_709.get(DISPLAY_P3 if primaries == DCI_P3 else primaries)
    if matrix is not None:
        light = np.maximum(light @ np.array(matrix, dtype=np.float32).T, np.float32(0.0))
    # One after the other: NumPy takes ten times as long for the maximum along a short axis.
    brightest = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
    above = brightest > np.float32(_KNEE)
    high, room = brightest[above], np.float32(1.0 - _KNEE)
    pressed = np.float32(1.0) - room * np.exp(-(high - np.float32(_KNEE)) / room)
    light[above] *= (pressed / high)[:, None]
    light *= np.float32(_LEVELS - 1)
    shown: NDArray[np.uint8] = _display_codes()[np.minimum(light, np.float32(_LEVELS - 1)).astype(np.uint16)]
    return shown


@lru_cache(maxsize=2)
def _light_of(transfer: int) -> FloatArray:
    """Light of each 12-bit code: PQ in shares of reference white, HLG of the scene's peak."""
    code = np.arange(_LEVELS) / (_LEVELS - 1)
    if transfer == PQ:
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        root = code ** (1 / m2)
        light = 10_000.0 * (np.maximum(root - c1, 0.0) / (c2 - c3 * root)) ** (1 / m1) / _REFERENCE_WHITE
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    result: FloatArray = light.astype(np.float32)
    return result


@lru_cache(maxsize=1)
def _display_codes() -> NDArray[np.uint8]:
    """8-bit code of an SDR display for each level of light."""
    light = (np.arange(_LEVELS) + 0.5) / _LEVELS
    codes: NDArray[np.uint8] = np.minimum(np.round(255.0 * light ** (1 / _SDR_GAMMA)), 255).astype(np.uint8)
    return codes

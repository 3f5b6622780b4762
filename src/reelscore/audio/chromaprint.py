"""Chromaprint, if its library (LGPL) is installed: what a sound is known by after another coding.

A fingerprint is 32 bits for each eighth of a second, of which another coding of the same sound flips few
(https://acoustid.org/chromaprint).
"""

from __future__ import annotations

import ctypes
from ctypes.util import find_library
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reelscore.records import AudioClip

Fingerprint = NDArray[np.uint32]

_ALGORITHM = 1  # the default of version 1
_STRETCH = 80  # values: 10 s
# Shares of flipped bits up to which two sounds are one: in all, and in the worst stretch.
_FLIPPED, _FLIPPED_IN_STRETCH = 0.03, 0.1
_PIECE_SECONDS = 60


def fingerprint(clip: AudioClip) -> Fingerprint | None:
    """The fingerprint (n,) of a sound; None if the library is not installed, or the sound is too short."""
    library = _library()
    if library is None:
        return None
    context = library.chromaprint_new(_ALGORITHM)
    values, count = ctypes.POINTER(ctypes.c_uint32)(), ctypes.c_int(0)
    try:
        if not library.chromaprint_start(context, clip.sample_rate, 1):
            return None
        step = _PIECE_SECONDS * clip.sample_rate
        for begin in range(0, len(clip.samples), step):
            piece = np.clip(np.round(clip.samples[begin : begin + step] * 32767.0), -32768, 32767)
            data = np.ascontiguousarray(piece, dtype=np.int16)
            library.chromaprint_feed(context, data.ctypes.data, len(data))
        library.chromaprint_finish(context)
        if not library.chromaprint_get_raw_fingerprint(context, ctypes.byref(values), ctypes.byref(count)):
            return None
        found = np.array([values[at] for at in range(count.value)], dtype=np.uint32)
        return found if len(found) else None
    finally:
        if values:
            library.chromaprint_dealloc(values)
        library.chromaprint_free(context)


def is_same(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two fingerprints are of one sound that begins at the same moment."""
    count = min(len(one), len(other))
    if not count or abs(len(one) - len(other)) > 1:
        return False
    flipped = np.unpackbits((one[:count] ^ other[:count]).view(np.uint8)).reshape(count, 32).mean(axis=1)
    worst = max(float(flipped[at : at + _STRETCH].mean()) for at in range(0, count, _STRETCH))
    return float(flipped.mean()) <= _FLIPPED and worst <= _FLIPPED_IN_STRETCH


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    name = find_library("chromaprint")
    try:
        library = ctypes.CDLL(name) if name else None
    except OSError:
        return None
    if library is not None:
        library.chromaprint_new.restype = ctypes.c_void_p
        for call, kinds in {
            "start": (ctypes.c_int, ctypes.c_int),
            "feed": (ctypes.c_void_p, ctypes.c_int),
            "finish": (),
            "get_raw_fingerprint": (ctypes.c_void_p, ctypes.c_void_p),
            "free": (),
        }.items():
            getattr(library, f"chromaprint_{call}").argtypes = [ctypes.c_void_p, *kinds]
        library.chromaprint_dealloc.argtypes = [ctypes.c_void_p]
    return library

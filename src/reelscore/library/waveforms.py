"""Waveforms of songs that came into the library before waveforms were drawn."""

from __future__ import annotations

import threading
from pathlib import Path

from reelscore.records import Waveform
from reelscore.wiring import Wiring

# Enough for a picture, and half the work of the rate that is measured at.
_SAMPLE_RATE = 11_025
# A list asks for many pictures at once; they are drawn one after the other, so that answers stay quick.
_drawing = threading.Lock()


def draw_stored(wiring: Wiring, song_id: str, path: Path) -> Waveform:
    """Draw the waveform of a song from its file, and keep it.

    Raises
    ------
    MediaError
        The file cannot be read, or there is no sound in it.
    """
    from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
    from reelscore.audio.waveform import draw_waveform

    with _drawing:
        stored = wiring.catalog.waveform(song_id)  # drawn while this one waited
        if stored is not None:
            return stored
        clip = load(path, sample_rate=_SAMPLE_RATE, duration=MAX_ANALYSED_SECONDS)
        waveform = draw_waveform(clip)
        wiring.catalog.save_waveform(song_id, waveform)
    return waveform

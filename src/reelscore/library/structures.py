"""Beats and sections of songs that came into the library before they were looked for, or by older code."""

from __future__ import annotations

import threading
from pathlib import Path

from reelscore.audio.grid import GRID_VERSION
from reelscore.records import SongStructure
from reelscore.wiring import Wiring

# Several may ask for the same song at once; the second one takes what the first one found.
_looking = threading.Lock()


def current(structure: SongStructure | None) -> bool:
    """Whether a stored structure is of this code."""
    return structure is not None and structure.grid.version == GRID_VERSION


def find_stored(wiring: Wiring, song_id: str, path: Path) -> SongStructure:
    """Look for the beats and sections of a song in its file, and keep them.

    Raises
    ------
    MediaError
        The file cannot be read, or there is nothing in it to analyse.
    """
    from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
    from reelscore.audio.features import SAMPLE_RATE, check_usable, measure_all

    with _looking:
        stored = wiring.catalog.structure(song_id)  # found while this one waited
        if stored is not None and current(stored):
            return stored
        clip = load(path, sample_rate=SAMPLE_RATE, duration=MAX_ANALYSED_SECONDS)
        check_usable(clip)
        structure = measure_all(clip).structure
        wiring.catalog.save_structure(song_id, structure)
    return structure

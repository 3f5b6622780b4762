"""What is measured and drawn of a song when it is first asked for, and kept: waveform, spectrogram, beats.

Songs that came into the library before waveforms, beats and sections were looked for have none, or those of
older code.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from reelscore.audio.grid import GRID_VERSION
from reelscore.errors import MediaNotFoundError
from reelscore.files import make_copy
from reelscore.limits import SPECTROGRAM_BYTES
from reelscore.records import SongStructure, Waveform
from reelscore.wiring import Wiring

# Enough for a picture, and half the work of the rate that is measured at.
_WAVEFORM_RATE = 11_025
_SPECTROGRAM_RATE = 22_050
_FOLDER = "spectrograms"
# A list asks for many pictures at once; they are drawn one after the other, so that answers stay quick.
_drawing = threading.Lock()
# Several may ask for the same song at once; the second one takes what the first one found.
_looking = threading.Lock()


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
        clip = load(path, sample_rate=_WAVEFORM_RATE, duration=MAX_ANALYSED_SECONDS)
        waveform = draw_waveform(clip)
        wiring.catalog.save_waveform(song_id, waveform)
    return waveform


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


def spectrogram_of(wiring: Wiring, song_id: str, path: Path) -> Path:
    """The PNG of a song whose file lies at `path`.

    Raises
    ------
    NotFoundError
        There is no such song.
    MediaError
        Its file cannot be read.
    StorageError
        The picture cannot be written.
    """
    # Imported here: decoding is not needed to browse.
    from reelscore.audio.decode import MAX_ANALYSED_SECONDS, load
    from reelscore.library.spectrogram_image import SPECTROGRAM_VERSION, draw_spectrogram

    song = wiring.catalog.song(song_id)
    folder = wiring.settings.home / _FOLDER
    target = folder / f"{song.id}-{(song.content_hash or 'unknown')[:12]}-{SPECTROGRAM_VERSION}.png"
    if target.is_file():
        with contextlib.suppress(OSError):
            target.touch()  # what was looked at last is kept longest
        return target
    if not path.is_file():
        raise MediaNotFoundError(f"the file of “{song.title}” is gone: {path}")
    picture = draw_spectrogram(load(path, sample_rate=_SPECTROGRAM_RATE, duration=MAX_ANALYSED_SECONDS))
    return make_copy(
        target,
        lambda own: own.write_bytes(picture),
        what="the picture",
        most=SPECTROGRAM_BYTES,
        replaces=f"{song.id}-*.png",
    )

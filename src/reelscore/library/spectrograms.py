"""The spectrogram of each song as a picture, drawn when it is first asked for and kept in the home."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from reelscore.errors import MediaNotFoundError, StorageError
from reelscore.library.budget import keep_within
from reelscore.limits import SPECTROGRAM_BYTES
from reelscore.wiring import Wiring

_SAMPLE_RATE = 22_050
_FOLDER = "spectrograms"


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
    picture = draw_spectrogram(load(path, sample_rate=_SAMPLE_RATE, duration=MAX_ANALYSED_SECONDS))
    own = folder / f".{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{song.id}-*.png"):
            old.unlink(missing_ok=True)
        own.write_bytes(picture)
        own.replace(target)  # at once, so that nobody sees half a picture
        keep_within(SPECTROGRAM_BYTES, folder, "*.png", newest=target)
    except OSError as error:
        raise StorageError(
            f"the picture cannot be kept in {folder}: {os.strerror(error.errno or 0)}"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            own.unlink(missing_ok=True)
    return target

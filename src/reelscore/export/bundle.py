"""A zip of all that belongs together: timeline, cue, credits, playlist, and the picture if wanted."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from reelscore.errors import InvalidInputError

_BLOCK = 1 << 20
# The same content gives the same archive; this is the earliest date that zip can say.
_DATE = (1980, 1, 1, 0, 0, 0)
# Coded sound and pictures do not get smaller.
_STORED = (".wav", ".mp4", ".mov", ".mkv", ".mxf", ".mp3", ".m4a", ".flac", ".ogg", ".opus", ".webm")


def write_bundle(target: IO[bytes], entries: Mapping[str, str | bytes | Path]) -> None:
    """Write a zip of texts, bytes and files, in blocks.

    Parameters
    ----------
    target
        Where to write; it need not be able to seek back.
    entries
        Content by name; names are relative, with `/`.

    Raises
    ------
    InvalidInputError
        A name would be unpacked outside its folder.
    """
    with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
        for name, content in entries.items():
            if name.startswith(("/", "\\")) or ".." in Path(name).parts or ":" in name:
                raise InvalidInputError(f"{name!r} cannot stand in an archive; name it without a path")
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            stored = Path(name).suffix.lower() in _STORED
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            if isinstance(content, Path):
                info.file_size = content.stat().st_size
                with content.open("rb") as source, archive.open(info, "w", force_zip64=True) as entry:
                    shutil.copyfileobj(source, entry, _BLOCK)
                continue
            archive.writestr(info, content)

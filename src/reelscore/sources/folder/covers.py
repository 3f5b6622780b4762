"""Covers of music files: the picture in their tags, or the one that lies beside them."""

from __future__ import annotations

from pathlib import Path

from tinytag import TinyTag

# Names that players give a cover beside the files of a record, the usual ones first.
_NAMES = ("cover", "folder", "front", "album")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_LARGEST = 10_000_000  # bytes
# First bytes -> type. A picture is what it begins like, whatever its tag says; SVG, which can hold
# scripts, is none.
_BEGINNINGS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"))


def read_cover(path: Path) -> tuple[bytes, str] | None:
    """The cover of a music file and its media type; None where there is none that a browser shows."""
    return _checked(_from_tags(path)) or _beside(path)


def _from_tags(path: Path) -> bytes | None:
    try:
        tag = TinyTag.get(path, duration=False, image=True)
        image = tag.images.front_cover or tag.images.any
    except Exception:  # noqa: BLE001 - a parser of hostile bytes: whatever it raises means "no cover"
        return None
    return image.data if image else None


def _beside(path: Path) -> tuple[bytes, str] | None:
    try:
        files = {file.name.casefold(): file for file in path.parent.iterdir()}
        for name in (stem + suffix for stem in _NAMES for suffix in _SUFFIXES):
            file = files.get(name)
            if file is not None and file.is_file() and file.stat().st_size <= _LARGEST:
                return _checked(file.read_bytes())
    except OSError:
        return None
    return None


def _checked(data: bytes | None) -> tuple[bytes, str] | None:
    if not data or len(data) > _LARGEST:
        return None
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return data, media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return data, "image/webp"
    return None

"""Covers of music files: the picture in their tags, or the one that lies beside them."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

from tinytag import TinyTag

from reelscore.audio.container import open_container, packets_of
from reelscore.children import in_child
from reelscore.errors import MediaError
from reelscore.limits import BRIEF, COVER_BYTES, COVER_PIXELS

# Names that players give a cover beside the files of a record, the usual ones first.
_NAMES = ("cover", "folder", "front", "album")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
# A scan of a booklet is no cover for a list: what has more bytes is given smaller.
_SCALED_FROM = 4_000_000
_SCALED_PIXELS = 1200  # of the longer side
# First bytes -> type. A picture is what it begins like, whatever its tag says; SVG, which can hold
# scripts, is none.
_BEGINNINGS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"))
_FORMATS = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/gif": "gif", "image/webp": "webp_pipe"}


@in_child(BRIEF)
def read_cover(path: Path) -> tuple[bytes, str] | None:
    """The cover of a music file and its media type; None if there is none that a browser shows.

    A very large one is given as a JPEG of at most 1200 pixels a side.
    """
    return _checked(_from_tags(path)) or _checked(_from_container(path)) or _beside(path)


def _from_tags(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            # Without a name: the content decides which reader is taken, not the suffix.
            tag = TinyTag.get(None, file_obj=file, duration=False, image=True)
        image = tag.images.front_cover or tag.images.any
    except Exception:  # noqa: BLE001 - a parser of hostile bytes: whatever it raises means "no cover"
        return None
    return image.data if image else None


def _from_container(path: Path) -> bytes | None:
    """The picture that FFmpeg finds: in Matroska, WavPack, and tags that tinytag does not read."""
    import av
    from av.stream import Disposition

    try:
        with open_container(path) as container:
            pictures = [
                stream for stream in container.streams.video if stream.disposition & Disposition.attached_pic
            ]
            for packet in packets_of(container, pictures[0]) if pictures else ():
                return bytes(packet)
    except (MediaError, av.FFmpegError):
        return None
    return None


def _beside(path: Path) -> tuple[bytes, str] | None:
    try:
        files = {file.name.casefold(): file for file in path.parent.iterdir()}
        for name in (stem + suffix for stem in _NAMES for suffix in _SUFFIXES):
            file = files.get(name)
            if file is not None and file.is_file() and file.stat().st_size <= COVER_BYTES:
                return _checked(file.read_bytes())
    except OSError:
        return None
    return None


def _checked(data: bytes | None) -> tuple[bytes, str] | None:
    if not data or len(data) > COVER_BYTES:
        return None
    media_type = _type_of(data)
    if media_type is None or len(data) <= _SCALED_FROM:
        return (data, media_type) if media_type else None
    smaller = _scaled(data, _FORMATS[media_type])
    return (smaller, "image/jpeg") if smaller else None


def _type_of(data: bytes) -> str | None:
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return media_type
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def _scaled(data: bytes, form: str) -> bytes | None:
    """A picture as a JPEG of at most 1200 pixels a side; None if it cannot be decoded."""
    import av

    try:
        with av.open(io.BytesIO(data), mode="r", format=form) as container:
            stream = container.streams.video[0]
            if stream.width * stream.height > COVER_PIXELS:
                return None
            frame = next(container.decode(stream))
        share = min(1.0, _SCALED_PIXELS / max(frame.width, frame.height))
        width, height = (max(2, round(side * share) // 2 * 2) for side in (frame.width, frame.height))
        encoder = av.CodecContext.create("mjpeg", "w")
        encoder.width, encoder.height = width, height
        encoder.pix_fmt = "yuvj420p"
        encoder.time_base = Fraction(1, 25)
        picture = frame.reformat(width, height, "yuvj420p")
        picture.pts = 0
        return b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode(None)))
    except (av.FFmpegError, StopIteration, IndexError, ValueError):
        return None

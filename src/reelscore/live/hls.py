"""HTTP Live Streaming as one run of bytes: playlists are read here, so that no segment comes from elsewhere.

FFmpeg would follow whatever address a playlist names, also into the network of this machine. Segments of one
rendition follow each other as one MPEG-TS or fragmented MP4 stream (RFC 8216, sections 3.2 and 3.3).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from reelscore.errors import SourceError

# A playlist is looked at again after half of a segment's length, and given up if it stays as it is this long.
_LEAST_AGAIN_SECONDS = 0.25
_STALLED_SECONDS = 30.0
# Of a live playlist, the segments before its last few are the past.
_LIVE_SEGMENTS = 3
_MOST_VARIANTS = 2


@dataclass(frozen=True, slots=True)
class Playlist:
    """A media playlist, or a master playlist that names one."""

    variant: str | None = None  # the address of the smallest rendition, of a master playlist
    segments: tuple[tuple[int, str], ...] = ()  # (number, address)
    begins: str | None = None  # what comes before the segments of fragmented MP4
    target_seconds: float = 2.0
    over: bool = False


def read_playlist(text: str, url: str) -> Playlist:
    """A playlist of an address.

    Raises
    ------
    SourceError
        It is none, or its segments are encrypted.
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise SourceError("the address holds no HLS playlist")
    variants: list[tuple[float, str]] = []
    segments: list[tuple[int, str]] = []
    number, begins, target, bandwidth = 0, None, 2.0, None
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name == "#EXT-X-STREAM-INF":
            bandwidth = _number(_attribute(value, "BANDWIDTH"), 0.0)
        elif name == "#EXT-X-MEDIA-SEQUENCE":
            number = int(_number(value, 0.0))
        elif name == "#EXT-X-TARGETDURATION":
            target = _number(value, 2.0)
        elif name == "#EXT-X-MAP":
            begins = urljoin(url, _attribute(value, "URI").strip('"'))
        elif name == "#EXT-X-KEY" and _attribute(value, "METHOD") != "NONE":
            raise SourceError("the segments of the HLS stream are encrypted, which is not read")
        elif not line.startswith("#"):
            if bandwidth is not None:
                variants.append((bandwidth, urljoin(url, line)))
                bandwidth = None
            else:
                segments.append((number + len(segments), urljoin(url, line)))
    if variants:
        return Playlist(variant=min(variants)[1])
    return Playlist(None, tuple(segments), begins, target, "#EXT-X-ENDLIST" in lines)


def hls_pieces(
    url: str, fetch: Callable[[str], Iterator[bytes]], *, pause: Callable[[float], object] = time.sleep
) -> Iterator[bytes]:
    """The bytes of the smallest rendition, as its segments come. `fetch` reads an address, and may refuse it.

    Raises
    ------
    SourceError
        The playlist cannot be used, or no new segment comes.
    """
    for _ in range(_MOST_VARIANTS):
        playlist = read_playlist(_text(fetch(url)), url)
        if playlist.variant is None:
            break
        url = playlist.variant
    last = -1
    if not playlist.over and len(playlist.segments) > _LIVE_SEGMENTS:
        last = playlist.segments[-_LIVE_SEGMENTS - 1][0]
    if playlist.begins is not None:
        yield from fetch(playlist.begins)
    waited = 0.0
    while True:
        for number, address in playlist.segments:
            if number > last:
                last, waited = number, 0.0
                yield from fetch(address)
        if playlist.over:
            return
        if waited > _STALLED_SECONDS:
            raise SourceError(f"the HLS stream has had no new segment for {waited:.0f} s")
        again = max(_LEAST_AGAIN_SECONDS, playlist.target_seconds / 2.0)
        pause(again)
        waited += again
        playlist = read_playlist(_text(fetch(url)), url)


def _text(pieces: Iterator[bytes]) -> str:
    body = b""
    for piece in pieces:
        body += piece
        if len(body) > 1 << 20:
            raise SourceError("the HLS playlist is larger than a megabyte")
    return body.decode("utf-8", errors="replace")


def _attribute(values: str, name: str) -> str:
    for part in values.split(","):
        key, _, value = part.partition("=")
        if key.strip() == name:
            return value.strip()
    return ""


def _number(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:
        return otherwise

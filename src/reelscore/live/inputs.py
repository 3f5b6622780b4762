"""Pictures and sound that are still coming: files in real time, pipes, addresses and capture devices.

One decoder for all of them. Addresses are opened only on hosts that the settings allow; what a stream names
further (segments of HLS) goes through the same door.
"""

from __future__ import annotations

import io
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.container import checked_path, packets_of
from reelscore.errors import (
    ConfigurationError,
    InvalidInputError,
    ReelscoreError,
    SourceError,
    TransientSourceError,
)
from reelscore.live.hls import hls_pieces
from reelscore.net.http import HttpClient, Timeouts
from reelscore.records import FloatArray
from reelscore.video.decode.container import CONTAINERS, stated_facts
from reelscore.video.decode.scaling import Scaler
from reelscore.video.measure.speech import SAMPLE_RATE
from reelscore.video.showing import ViewScaler

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer
    from av.video.frame import VideoFrame

PIPE = "-"
VIEW_SECONDS = 2.0
# What FFmpeg may open for an address of each kind; nothing else, whatever the stream asks for.
_PROTOCOLS = {
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtsps": "rtsp,rtp,udp,tcp,tls,crypto",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp,crypto",
    "srt": "srt,udp",
    "udp": "udp",
    "tcp": "tcp",
    "http": "",  # read by our own client
    "https": "",
}
_STREAMED = "flv,live_flv,mpegtsraw,mpjpeg,rtp,rtsp"  # no playlist, which would name other addresses
_DEVICES = ("v4l2", "x11grab", "avfoundation", "dshow", "gdigrab", "kmsgrab", "decklink")
_OPEN_SECONDS, _READ_SECONDS = 10.0, 10.0
# Times that jump by more are those of another stream: it goes on where it was.
_JUMP_SECONDS = 2.0
_MOST_BROKEN = 500


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame: RGB of shape (36, 64, 3), or (64, 36, 3) if it is tall."""

    time: float  # seconds of the stream
    image: NDArray[np.uint8]
    # Large enough for a model to tell what it shows, (height, width, 3); with one every `VIEW_SECONDS`.
    view: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Sound that begins at a time: mono at 16,000 Hz."""

    time: float
    samples: FloatArray


Piece = Picture | Heard


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures come from."""

    name: str
    kind: str  # "file", "pipe", "address", "device"

    @property
    def shown(self) -> str:
        """The name without what may be secret in an address."""
        if self.kind != "address":
            return self.name
        parts = urlsplit(self.name)
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"

    @property
    def is_endless(self) -> bool:
        """Whether it is tried again once it is gone."""
        return self.kind in ("address", "device")


def read_source(name: str, hosts: frozenset[str]) -> Source:
    """A source by its name: a file, `-`, an address, or `v4l2:/dev/video0`.

    Raises
    ------
    InvalidInputError
        It is an address of a kind that is not read.
    ConfigurationError
        The settings do not allow its host.
    MediaNotFoundError
        There is no such file.
    """
    if name == PIPE:
        return Source(name, "pipe")
    scheme, colon, rest = name.partition(":")
    if "://" in name:
        check_host(name, hosts)
        return Source(name, "address")
    if colon and scheme in _DEVICES:
        if not rest:
            raise InvalidInputError(f"name the device behind {scheme}:, as in v4l2:/dev/video0")
        return Source(name, "device")
    return Source(str(checked_path(name)), "file")


def check_host(url: str, hosts: frozenset[str]) -> None:
    """Refuse an address whose host is not among those of the settings.

    Raises
    ------
    InvalidInputError
        No pictures come from such an address.
    ConfigurationError
        The host is not allowed.
    """
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise InvalidInputError("the address cannot be read") from error
    if parts.scheme not in _PROTOCOLS:
        raise InvalidInputError(f"cannot read {parts.scheme}://; known: {', '.join(_PROTOCOLS)}")
    if host not in hosts:
        raise ConfigurationError(
            f"`live` may not use the host {host!r}; add it to REELSCORE_LIVE_HOSTS if it is yours"
        )


class StreamClock:
    """Makes one time that never falls of time stamps that jump, begin anywhere or are missing."""

    def __init__(self, begin: float = 0.0) -> None:
        self._begin = begin
        self._shift: float | None = None
        self._last = begin

    def time_of(self, stamp: float | None, step: float) -> float:
        """The time of a frame that is stamped so, `step` seconds after the one before if nothing is said."""
        if stamp is None:
            self._last += step
            return self._last
        if self._shift is None:
            self._shift = self._begin - stamp
        time_ = stamp + self._shift
        if abs(time_ - self._last) > _JUMP_SECONDS and self._last > self._begin:
            time_ = self._last + step
            self._shift = time_ - stamp
        self._last = max(self._last, time_)
        return self._last

    def shifted(self, stamp: float | None) -> float | None:
        """The time of a stamp of another stream of the same source; None if it is not known yet."""
        return None if stamp is None or self._shift is None else stamp + self._shift


def pieces_of(
    source: Source, hosts: frozenset[str], begin: float = 0.0, views: bool = False
) -> Iterator[Piece]:
    """Pictures and sound of a source, from its opening to its end, decoded as they come.

    Parameters
    ----------
    begin
        Seconds of the stream at which it opens; more than 0 if it was gone.
    views
        Whether a picture comes with a view now and then.

    Raises
    ------
    SourceError
        It cannot be opened, or breaks off; a TransientSourceError if it may come back.
    """
    import av

    try:
        with _opened(source, hosts) as container:
            yield from _decoded(container, source, StreamClock(begin), views)
    except av.FFmpegError as error:
        raise TransientSourceError(f"{source.shown} broke off: {error.strerror or error}") from error


def _decoded(container: InputContainer, source: Source, clock: StreamClock, views: bool) -> Iterator[Piece]:
    import av
    from av.audio.resampler import AudioResampler

    if not container.streams.video:
        raise SourceError(f"{source.shown} has no pictures")
    video = container.streams.video[0]
    sound = container.streams.audio[0] if container.streams.audio else None
    # PyAV has no codec context if FFmpeg has no decoder, whatever its types say.
    codecs: list[object] = [video.codec_context, None if sound is None else sound.codec_context]
    if codecs[0] is None:
        raise SourceError(f"{source.shown} has a picture format that cannot be decoded")
    sound = None if codecs[1] is None else sound
    video.thread_type = "AUTO"
    # A stream comes in real time, and each thread of the decoder is a frame of delay.
    video.codec_context.thread_count = 1 if source.is_endless else 2
    video.codec_context.options = {"skip_loop_filter": "all", "flags2": "+fast"}
    step = float(1 / video.average_rate) if video.average_rate else 0.04
    resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE) if sound else None
    scaler: Scaler | None = None
    viewer = ViewScaler()
    next_view = 0.0 if views else math.inf
    broken = 0
    for packet in packets_of(container, [stream for stream in (video, sound) if stream is not None]):
        try:
            frames: list[Any] = packet.decode()
        except av.EOFError:
            return
        except av.FFmpegError as error:
            broken += 1
            if broken > _MOST_BROKEN:
                raise SourceError(f"{source.shown} cannot be decoded: {error.strerror}") from error
            continue
        for frame in frames:
            if packet.stream is sound and resampler is not None:
                yield from _heard(frame, resampler, clock)
                continue
            broken = 0
            time_ = clock.time_of(frame.time, step)
            if scaler is None:
                scaler = _scaler(container, frame, source)
                viewer.turns = round(frame.rotation / 90)
            is_due = time_ >= next_view
            next_view = time_ + VIEW_SECONDS if is_due else next_view
            yield Picture(time_, scaler.scale(frame), viewer.scale(frame) if is_due else None)


def _scaler(container: InputContainer, frame: VideoFrame, source: Source) -> Scaler:
    turned = round(-frame.rotation / 90) * 90 % 360  # FFmpeg counts counter-clockwise
    return Scaler(Path(source.shown), stated_facts(container, container.streams.video[0], turned))


def _heard(frame: AudioFrame, resampler: Any, clock: StreamClock) -> Iterator[Heard]:
    time_ = clock.shifted(frame.time)
    for done in resampler.resample(frame):
        if time_ is not None and done.samples:
            yield Heard(max(0.0, time_), np.ascontiguousarray(done.to_ndarray().ravel(), dtype=np.float32))


@contextmanager
def _opened(source: Source, hosts: frozenset[str]) -> Iterator[InputContainer]:
    import av

    options = {} if source.kind == "device" else {"format_whitelist": f"{CONTAINERS},{_STREAMED}"}
    given: dict[str, Any] = {"timeout": (_OPEN_SECONDS, _READ_SECONDS), "metadata_errors": "replace"}
    target: Any = source.name
    closing: Callable[[], object] = lambda: None  # noqa: E731
    if source.kind == "pipe":
        target = io.FileIO(sys.stdin.fileno(), closefd=False)  # gives what has come, however little
    elif source.kind == "file":
        target, options["protocol_whitelist"] = f"file:{source.name}", "file"
    elif source.kind == "device":
        given["format"], _, target = source.name.partition(":")
    else:
        check_host(source.name, hosts)
        scheme = urlsplit(source.name).scheme
        if scheme in ("http", "https"):
            target = HttpReader(source.name, hosts)
            closing = target.close
        else:
            options["protocol_whitelist"] = _PROTOCOLS[scheme]
            if scheme.startswith("rtsp"):
                options["rtsp_transport"] = "tcp"
            if scheme.startswith("rtmp") and source.name.endswith("?listen=1"):  # not read from the address
                target, options["listen"] = source.name.removesuffix("?listen=1"), "1"
    try:
        container = av.open(target, options=options, **given)
    except av.ProtocolNotFoundError as error:
        scheme = urlsplit(source.name).scheme
        raise ConfigurationError(
            f"the FFmpeg of PyAV here has no {scheme}; let another FFmpeg read it and pipe it in: "
            f"ffmpeg -i {scheme}://... -c copy -f mpegts - | reelscore live -"
        ) from error
    except (av.FFmpegError, ValueError, OSError) as error:
        closing()
        why = getattr(error, "strerror", None) or error  # the whole text repeats the address with its secrets
        raise TransientSourceError(f"{source.shown} cannot be opened: {why}") from error
    except ReelscoreError:
        closing()
        raise
    try:
        yield container
    finally:
        container.close()
        closing()


class HttpReader(io.RawIOBase):
    """The bytes of an http(s) address as a file; those of the segments if it is an HLS playlist."""

    def __init__(self, url: str, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        self._client = HttpClient("the picture", timeouts=Timeouts(piece_seconds=_READ_SECONDS))
        is_playlist = urlsplit(url).path.lower().endswith((".m3u8", ".m3u"))
        self._pieces = hls_pieces(url, self._fetch) if is_playlist else self._fetch(url)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come; 0 at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        """Close the connection."""
        with suppress(RuntimeError, ValueError):  # a generator that runs in another thread ends with it
            if hasattr(self._pieces, "close"):
                self._pieces.close()
        super().close()

    def _fetch(self, url: str) -> Iterator[bytes]:
        check_host(url, self._hosts)
        with self._client.stream(url) as pieces:
            yield from pieces


def paced(
    pieces: Iterator[Piece], speed: float, *, pause: Callable[[float], object] = time.sleep
) -> Iterator[Piece]:
    """Pieces of a file as if they came just now, `speed` times as fast as they are."""
    begin: float | None = None  # the first piece is on time, however long opening the file took
    for piece in pieces:
        begin = time.monotonic() - piece.time / speed if begin is None else begin
        ahead = piece.time / speed - (time.monotonic() - begin)
        if ahead > 0.0:
            pause(ahead)
        yield piece

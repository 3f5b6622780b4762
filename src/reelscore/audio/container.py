"""Opening media files: checks of the path, FFmpeg's containers, and libsndfile for what FFmpeg refuses."""

from __future__ import annotations

import io
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from reelscore.audio.tag_entries import check_tag_entries
from reelscore.errors import MediaNotFoundError, UnreadableMediaError, UnusableAudioError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

# Only containers that hold sound themselves: a playlist or a subtitle file would make FFmpeg open others.
_CONTAINERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,dtshd,eac3,flac,flv,iff,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,"
    "mpegvideo,mxf,nut,ogg,rm,tak,tta,voc,w64,wav,wv"
)
_BLOCK = 1 << 16
_PAGE = re.compile(rb"OggS\x00([\x00-\x07]).{8}(.{4})", re.DOTALL)  # flags and serial number, RFC 3533, 6
_PAGE_HEAD = 18  # bytes that `_PAGE` takes
_OPTIONS = {"protocol_whitelist": "file,subfile", "format_whitelist": _CONTAINERS}


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the header of a media file states. A value that it does not state is None."""

    duration: float | None  # seconds, as stated: a damaged or truncated file may hold less
    has_audio: bool
    has_video: bool  # moving pictures; a cover is none
    container: str  # FFmpeg's name, such as "mp3" or "mov,mp4,m4a,3gp,3g2,mj2"
    codec: str | None = None  # of the sound: FFmpeg's name, such as "mp3" or "pcm_s16le"
    sample_rate: int | None = None  # Hz
    channels: int | None = None
    chained: bool = False  # several streams of sound, one behind the other, in an Ogg file
    trimmed_by_tag: bool = False  # iTunes' note of what a decoder adds, which not every player honours


def checked_path(path: str | Path) -> Path:
    """The path of a file that exists, may be read and is not empty."""
    path = Path(path)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise MediaNotFoundError(f"{path} is a folder, not a media file; name a file in it")
        if not stat.S_ISREG(found.st_mode):
            raise MediaNotFoundError(f"{path} is not a regular file; copy it to one first")
        with path.open("rb"):
            pass
    except PermissionError as error:
        raise MediaNotFoundError(f"{path} may not be read; give this user read permission") from error
    except (OSError, ValueError) as error:
        raise MediaNotFoundError(f"{path} does not exist; check the path") from error
    if found.st_size == 0:
        raise UnreadableMediaError(f"{path} is empty; fetch or export the file again")
    return path


@contextmanager
def open_container(path: Path, begin: int = 0) -> Iterator[InputContainer]:
    """A media file opened by FFmpeg, from a byte on.

    Raises
    ------
    UnreadableMediaError
        FFmpeg cannot open it.
    """
    import av

    check_tag_entries(path)
    try:
        # "file:" keeps a name with a colon in it from being taken for a protocol. Tags in an old
        # encoding must not keep the sound from being read.
        name = f"subfile,,start,{begin},end,0,,:file:{path}" if begin else f"file:{path}"
        container = av.open(name, options=_OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableMediaError(
            f"{path} is damaged or not an audio or video file; fetch or export the file again"
        ) from error
    with container:
        yield container


def packets_of(container: InputContainer, streams: Any) -> Iterator[Packet[Any]]:
    """The packets of a stream or of several; av.FFmpegError if the file breaks off.

    PyAV knows the streams of the header alone, and fails with an IndexError on a packet of another; damage
    makes such up, in FLV and MPEG-TS above all.
    """
    import av

    try:
        yield from container.demux(streams)
    except IndexError as error:
        code = av.error.tag_to_code(b"INDA")
        raise av.InvalidDataError(code, "a packet of a stream that the header does not name") from error


def chained_packets(
    container: InputContainer, stream: AudioStream, path: Path, begins: Sequence[int]
) -> Iterator[Packet[AudioStream]]:
    """The packets of a stream, and of those that are chained behind it in an Ogg file (`links_of`).

    FFmpeg goes on with the decoder of the first link, which fails if another one has another form; so each
    link is opened by itself.
    """
    import av

    with ExitStack() as links:
        for begin, end in zip(begins, [*begins[1:], None], strict=True):
            if begin:
                container = links.enter_context(open_container(path, begin))
                stream = sound_stream(container, path)
            try:
                for packet in packets_of(container, stream):
                    if end is not None and begin + (packet.pos or 0) >= end:
                        break
                    yield packet
            except av.FFmpegError:
                if end is None:
                    raise


def links_of(container: InputContainer, path: Path) -> list[int]:
    """The bytes at which the links of a chained Ogg file begin (RFC 3533, 4); [0] for every other file."""
    begins = [0]
    if container.format.name != "ogg":
        return begins
    with path.open("rb") as file:
        first = {serial for _, _, serial in takewhile(lambda page: page[1], _pages(file))}
        file.seek(-min(_BLOCK, file.seek(0, 2)), 2)
        if any(serial in first for *_, serial in list(_pages(file))[-1:]):
            return begins
        file.seek(0)
        grouped = True  # streams side by side begin on pages that follow each other
        for place, begun, _ in _pages(file):
            if begun and not grouped:
                begins.append(place)
            grouped = begun
    return begins


def _pages(file: BinaryIO) -> Iterator[tuple[int, bool, bytes]]:
    """The pages of an Ogg file from here on: first byte, whether a stream begins there, its serial number."""
    kept = b""
    while block := file.read(_BLOCK):
        data = kept + block
        place = file.tell() - len(data)
        for match in _PAGE.finditer(data):
            yield place + match.start(), bool(match[1][0] & 2), match[2]
        kept = data[1 - _PAGE_HEAD :]


class _SeekableFile(io.BufferedReader):
    """A file for libsndfile that stays at its position if a corrupt header asks for one out of range.

    An exception in libsndfile's callback would be written to stderr, and stop nothing.
    """

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return super().seek(offset, whence)
        except (OSError, ValueError):
            return self.tell()


@contextmanager
def open_with_sndfile(path: Path) -> Iterator[Any]:
    """The file opened by libsndfile, or None if libsndfile does not read such files."""
    try:
        import soundfile
    except (ImportError, OSError):  # the system has no libsndfile
        yield None
        return
    with _SeekableFile(io.FileIO(path)) as raw:
        head = raw.read(3)
        raw.seek(0)
        # libsndfile's MPEG reader is no better than FFmpeg's, and complains on stderr.
        if head == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] >= 0xE0):
            yield None
            return
        try:
            # A file object instead of a path: libsndfile then trusts the content, not the suffix.
            sound = soundfile.SoundFile(raw)
        except (soundfile.LibsndfileError, RuntimeError, TypeError):
            yield None
            return
        with sound:
            yield sound


def describe(container: InputContainer) -> MediaInfo:
    from av.stream import Disposition

    sound = best_sound(container)
    codec = sound.codec_context if sound is not None else None
    pictures = [
        stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic
    ]
    length = container.duration / 1_000_000 if container.duration and container.duration > 0 else None
    if length is None and sound is not None and sound.duration and sound.time_base:
        length = float(sound.duration * sound.time_base)
    return MediaInfo(
        duration=length,
        has_audio=sound is not None,
        has_video=bool(pictures),
        container=container.format.name,
        codec=codec.codec.canonical_name if codec is not None else None,
        sample_rate=(codec.sample_rate or None) if codec is not None else None,
        channels=(codec.channels or None) if codec is not None else None,
        trimmed_by_tag="iTunSMPB" in container.metadata,
    )


def describe_with_sndfile(path: Path) -> MediaInfo | None:
    with open_with_sndfile(path) as sound:
        if sound is None:
            return None
        return MediaInfo(
            duration=sound.frames / sound.samplerate,
            has_audio=True,
            has_video=False,
            container=sound.format.lower(),
            codec=sound.subtype.lower(),
            sample_rate=sound.samplerate,
            channels=sound.channels,
        )


def best_sound(container: InputContainer) -> AudioStream | None:
    """The sound that is heard of a file with several, as FFmpeg picks it; None if there is none."""
    best = container.streams.best("audio")
    sounds = container.streams.audio
    return next((stream for stream in sounds if best is not None and stream.index == best.index), None) or (
        sounds[0] if sounds else None
    )


def sound_stream(container: InputContainer, path: Path) -> AudioStream:
    stream = best_sound(container)
    if stream is None:
        raise UnusableAudioError(f"{path} has no sound; choose a file with an audio track")
    # PyAV has no codec context if FFmpeg has no decoder, whatever its types say.
    codec: object = stream.codec_context
    if codec is None:
        raise UnreadableMediaError(f"{path} has sound in a format that cannot be decoded; convert it first")
    return stream

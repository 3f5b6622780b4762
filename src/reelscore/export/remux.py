"""The file of a mix: pictures copied packet by packet, sound coded, both written as they come."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from reelscore.audio.container import packets_of
from reelscore.errors import InvalidInputError, UnreadableMediaError
from reelscore.export.cue import mix_form
from reelscore.export.sound import CHANNELS
from reelscore.export.timecode import format_timecode
from reelscore.export.wav import WavForm, pcm24, wav_head, wav_tail
from reelscore.records import FloatArray, Timeline
from reelscore.video.decode.clock import player_zero
from reelscore.video.decode.container import opened

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind of file is written."""

    container: str  # FFmpeg's name
    codec: str
    sample_format: str
    exact: bool  # every sample comes back as it was, to 24 bit
    options: dict[str, str] = field(default_factory=dict)


# Constant quality. Aimed at a bit rate, FFmpeg's quick coder codes each frame of dense sound several times,
# and of music it uses half of the rate: now noise takes a third of the time, and music's error is 7 dB lower.
# Its temporal noise shaping gets single drum hits wrong by up to full scale, its intensity stereo costs 2 dB.
_AAC = {"aac_coder": "fast", "aac_tns": "0", "aac_is": "0", "flags": "+qscale"}
_AAC |= {"global_quality": str(2 * 118)}  # in steps of FF_QP2LAMBDA
FORMATS = {
    ".mp4": _Form("mp4", "aac", "fltp", exact=False, options=_AAC),
    # Free builds of Resolve for Linux read no AAC, and QuickTime files are what editors are given.
    ".mov": _Form("mov", "pcm_s24le", "s32", exact=True),
    ".mkv": _Form("matroska", "flac", "s32", exact=True),
    ".wav": _Form("wav", "pcm_s24le", "s32", exact=True),
}
_FULL_SCALE = 2.0**31 - 1
# No coder holds back this many pictures.
_UNSTAMPED_PACKETS = 40

_BAD_STAMPS = "has pictures without time stamps that count on, which cannot be copied; put it into an .mp4"


class FilmWriter:
    """Writes blocks of sound, and the pictures that belong beside them."""

    def __init__(self, timeline: Timeline, path: Path, suffix: str, *, samples: int) -> None:
        self._timeline = timeline
        self._path = path
        self._form = FORMATS[suffix]
        self._suffix = suffix
        self._samples = samples
        self._rate = timeline.sample_rate
        self._open, self._film = ExitStack(), ExitStack()
        self._sent = 0
        self._file: IO[bytes] | None = None
        self._wav: WavForm | None = None
        self._output: Any = None
        self._sound: Any = None
        self._picture: Any = None
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._pending: Packet[VideoStream] | None = None
        self._shift = 0
        self._source_base = Fraction(1, 1000)

    def __enter__(self) -> FilmWriter:
        """Open the file, and the film whose pictures are copied."""
        try:
            if self._suffix == ".wav":
                self._wav = mix_form(self._timeline, self._samples)
                self._file = self._open.enter_context(self._path.open("wb"))
                self._file.write(wav_head(self._wav))
            else:
                self._begin_film()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close both files."""
        self._open.close()

    def put(self, block: FloatArray) -> None:
        """Add the next samples, float32 of shape (2, n)."""
        if self._file is not None:
            self._file.write(pcm24(block))
            return
        self._copy_pictures(self._sent + self._rate)
        from av.audio.frame import AudioFrame

        if self._form.sample_format == "s32":
            whole = np.rint(np.clip(block.T.astype(np.float64), -1.0, 1.0) * _FULL_SCALE).astype(np.int32)
            frame = AudioFrame.from_ndarray(
                np.ascontiguousarray(whole).reshape(1, -1), format="s32", layout="stereo"
            )
        else:
            frame = AudioFrame.from_ndarray(
                np.ascontiguousarray(block, np.float32), format="fltp", layout="stereo"
            )
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._sent, Fraction(1, self._rate)
        self._sent += block.shape[1]
        self._output.mux(self._sound.encode(frame))

    def finish(self) -> None:
        """Write what is left: the last pictures, and what the coder held back."""
        if self._file is not None and self._wav is not None:
            self._file.write(wav_tail(self._wav))
            self._file.flush()
            return
        self._output.mux(self._sound.encode(None))
        self._copy_pictures(None)
        # The index of a long film is large, and that of the mix is about to be written.
        self._film.close()
        self._output.close()

    def _begin_film(self) -> None:
        import av

        media = self._timeline.picture
        assert media is not None  # checked by `render_mix`
        self._open.push(self._film)
        _, container, pictures = self._film.enter_context(opened(media.path))
        # The index of an MP4 file is moved to its head, so that it plays before it is there whole.
        options = {"movflags": "+faststart"} if self._form.container == "mp4" else {}
        self._output = av.open(f"file:{self._path}", "w", format=self._form.container, options=options)
        self._open.callback(_close_quietly, self._output)
        try:
            self._picture = self._output.add_stream_from_template(pictures, opaque=True)
            # Players and editors find the timecode here; QuickTime files get a track of it.
            if media.rate is not None and (media.start_frame or media.drop_frame):
                self._picture.metadata["timecode"] = format_timecode(
                    media.start_frame, media.rate, drop=media.drop_frame
                )
            self._sound = self._output.add_stream(
                self._form.codec, rate=self._rate, layout="stereo", options=self._form.options
            )
            self._sound.format = self._form.sample_format
            assert CHANNELS == 2
            self._output.start_encoding()
        except (av.FFmpegError, ValueError) as error:
            if isinstance(error, OSError) and error.errno and not isinstance(error, ValueError):
                raise
            raise InvalidInputError(
                f"a {self._suffix} file cannot hold the pictures of {media.path} "
                f"({pictures.codec_context.name}); write a .mkv"
            ) from error
        base = pictures.time_base or Fraction(1, 1000)
        self._shift = -round(player_zero(container) / base)
        self._source_base = base
        step = max(1, round(1 / (pictures.average_rate or 25) / base))
        self._packets = self._stamped(packets_of(container, pictures), step)

    def _copy_pictures(self, until: int | None) -> None:
        """Copy packets up to a sample of the sound, or all that are left."""
        # In whole numbers: fractions for each packet would cost more than copying it.
        last = None if until is None else math.floor(until / (self._rate * self._source_base))
        while True:
            packet = self._pending or next(self._packets, None)
            self._pending = None
            if packet is None:
                return
            assert packet.dts is not None  # `_stamped` sees to it
            if last is not None and packet.dts > last:
                self._pending = packet
                return
            packet.stream = self._picture
            try:
                self._output.mux_one(packet)
            except ValueError as error:  # EINVAL: they go backwards, which only damage makes them do
                raise UnreadableMediaError(f"{self._film_name()} {_BAD_STAMPS}") from error

    def _film_name(self) -> str:
        media = self._timeline.picture
        return media.path if media else "the film"

    def _stamped(self, packets: Iterator[Packet[VideoStream]], step: int) -> Iterator[Packet[VideoStream]]:
        """The packets on the clock of the mix, each with a time to be decoded at.

        Matroska keeps the times of showing alone, and FFmpeg needs a few pictures to know those of decoding;
        the first ones are counted back from there.
        """
        waiting: list[Packet[VideoStream]] = []
        for packet in _readable(packets):
            if packet.size == 0:
                continue  # the end of the stream
            if packet.pts is None:
                raise UnreadableMediaError(f"{self._film_name()} {_BAD_STAMPS}")
            packet.pts += self._shift
            waiting.append(packet)
            if packet.dts is None and len(waiting) < _UNSTAMPED_PACKETS:
                continue
            last = packet.dts + self._shift if packet.dts is not None else min(p.pts or 0 for p in waiting)
            for number, held in enumerate(waiting):
                held.dts = last - step * (len(waiting) - 1 - number)
                yield held
            waiting = []
        # A film of a few pictures: decoded in the order that they are stored, before the first is shown.
        first = min((p.pts or 0 for p in waiting), default=0)
        for number, held in enumerate(waiting):
            held.dts = first - step * (len(waiting) - number)
            yield held


def _readable(packets: Iterator[Packet[VideoStream]]) -> Iterator[Packet[VideoStream]]:
    """The packets that can be read of a film that may break off."""
    import av

    while True:
        try:
            yield next(packets)
        except (StopIteration, av.FFmpegError):
            return


def _close_quietly(output: Any) -> None:
    """Close what was given up: it is thrown away, and whatever failed has been raised already."""
    import av

    try:
        output.close()
    except (av.FFmpegError, OSError):
        return

"""Coded sound in another container, packet by packet: quick, and as good as it was."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.audio.container import checked_path, open_container, packets_of, sound_stream
from reelscore.children import in_child
from reelscore.errors import UnusableAudioError
from reelscore.limits import SOUND

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet

# What is looked at to learn where the sound begins; a decoder holds back a few packets at most.
_FIRST_PACKETS = 32


@in_child(SOUND)
def remux(path: str | Path, target: Path) -> None:
    """Write the packets of an MP3 or raw AAC file into MP4, whose index says where each of them lies.

    In the file alone a player has to guess where a second is. Second 0 stays what the analysis takes for it.
    Packets before it, of which a decoder of the file leaves out the sound, are left out whole: Chromium would
    leave it out twice. A few hundredths of a second at the beginning may be silent for it.

    Raises
    ------
    MediaNotFoundError, UnreadableMediaError
        The file cannot be read.
    UnusableAudioError
        Its sound cannot lie in an MP4 file: it changes its form, or packets do not say how long they are.
    OSError
        `target` cannot be written.
    """
    import av

    path = checked_path(path)
    with open_container(path) as container:
        stream = sound_stream(container, path)
        rate = stream.codec_context.sample_rate
        packets = (packet for packet in packets_of(container, stream) if packet.size)
        try:
            first = [packet for _, packet in zip(range(_FIRST_PACKETS), packets, strict=False)]
            skipped = _left_out(stream, first)
            with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out:
                written: Any = out.add_stream_from_template(stream)
                at = -skipped
                for packet, samples in _timed(chain(first, packets), stream, path):
                    if at < 0:
                        at += samples
                        continue
                    packet.time_base = Fraction(1, rate)
                    packet.pts = packet.dts = at
                    packet.duration = samples
                    packet.stream = written
                    out.mux(packet)
                    at += samples
        except (av.FFmpegError, ValueError) as error:
            raise UnusableAudioError(f"{path} cannot be kept as MP4") from error


def _left_out(stream: AudioStream, packets: list[Packet[AudioStream]]) -> int:
    """The samples at the beginning that a decoder leaves out, as the header of the file asks for."""
    if not packets or packets[0].pts is None or stream.time_base is None:
        return 0
    begin = packets[0].pts * stream.time_base
    for packet in packets:
        for frame in packet.decode():
            if frame.samples and frame.pts is not None and frame.time_base is not None:
                return max(0, round((frame.pts * frame.time_base - begin) * stream.codec_context.sample_rate))
    return 0


def _timed(
    packets: Iterator[Packet[AudioStream]], stream: AudioStream, path: Path
) -> Iterator[tuple[Packet[AudioStream], int]]:
    """Packets with their samples."""
    form: int | None = None
    rate = stream.codec_context.sample_rate
    for packet in packets:
        seconds = packet.duration * packet.time_base if packet.duration else Fraction(0)
        samples = round(seconds * rate)
        head = bytes(packet)[:4]
        # Version, layer and sample rate of MPEG audio or ADTS, which hold for the whole of an MP4 track.
        own = int.from_bytes(head[1:3], "big") & (0xFE0C if stream.codec_context.name != "aac" else 0xF83C)
        form = own if form is None else form
        if not samples or own != form:
            raise UnusableAudioError(f"{path} changes the form of its sound on the way")
        yield packet, samples

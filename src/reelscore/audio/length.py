"""How long the sound of a file is: what a decoder would give, found without decoding if that is exact.

Headers lie: raw AAC states none and is guessed at by its first second, a WAV from a pipe states 27 hours, a
joined MP3 states its first part. Packets do not: each holds a known stretch of sound, so the file is read
through and their lengths are added. If a packet does not say, the file is decoded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reelscore.audio.container import (
    checked_path,
    links_of,
    open_container,
    open_with_sndfile,
    packets_of,
    sound_stream,
)
from reelscore.audio.decode import PacketReader
from reelscore.errors import UnreadableMediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

# A packet that claims more than this is not believed.
_LONGEST_PACKET_SECONDS = 60.0
# Stamps that leave where the packet before ended by more than this begin a new stretch.
_JUMP_SECONDS = 0.5


def sound_length(path: str | Path) -> float:
    """Seconds of sound in a file, within 0.1 s of what decoding all of it gives.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged, or not media at all.
    UnusableAudioError
        The file has no sound.
    """
    path = checked_path(path)
    try:
        with open_container(path) as container:
            whole = len(links_of(container, path)) == 1
            counted = _count_packets(container, sound_stream(container, path)) if whole else None
        if counted is not None:
            return counted
        with open_container(path) as container:
            reader = PacketReader(container, sound_stream(container, path), path)
            return sum(frame.samples / frame.sample_rate for _, frames in reader.frames() for frame in frames)
    except UnreadableMediaError:
        with open_with_sndfile(path) as sound:
            if sound is None or not sound.frames:
                raise
            return float(sound.frames / sound.samplerate)


def _count_packets(container: InputContainer, stream: AudioStream) -> float | None:
    """The stretch of time that all packets cover; None if one does not state a length that can be.

    Stamps are believed if they follow each other, since the lengths of Vorbis and Matroska are rounded;
    if they jump (chained streams) a new stretch begins, and if they stand still the lengths count.
    """
    import av

    base = stream.time_base
    if base is None:
        return None
    longest, jump = _LONGEST_PACKET_SECONDS / float(base), _JUMP_SECONDS / float(base)
    stated = covered = 0
    begin: int | None = None
    end = 0
    try:
        for packet in packets_of(container, stream):
            if not packet.size:
                continue
            length, stamp = packet.duration, packet.pts
            if not length or length > longest:
                return None
            stated += length
            if stamp is None:
                stamp = end
            if begin is None:
                begin = stamp
            elif abs(stamp - end) > jump:
                covered += end - begin
                begin = stamp
            end = stamp + length
    except av.FFmpegError:
        pass  # the container breaks off here; so does decoding
    if begin is not None:
        covered += end - begin
    return float(max(stated, covered) * base) if stated else None

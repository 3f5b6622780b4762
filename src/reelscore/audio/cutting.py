"""A stretch of a sound file as a file of its own: FLAC with the channels and the rate of the original."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelscore.audio.container import checked_path, open_container, sound_stream
from reelscore.errors import UnusableAudioError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_RUN_UP_SECONDS = 1.0
# FLAC holds whole numbers: 16 bits of those that have no more, else 24.
_FEW_BITS = frozenset({"u8", "u8p", "s16", "s16p"})
_MOST_CHANNELS = 8


def cut_sound(path: str | Path, begin: float, seconds: float | None, target: Path) -> None:
    """Write the sound of a file from `begin` on, for `seconds` or to the end, as FLAC; exact to the sample.

    Raises
    ------
    MediaNotFoundError, UnreadableMediaError, UnusableAudioError
        The file cannot be read, or has no sound there.
    OSError
        `target` cannot be written.
    """
    import av

    path = checked_path(path)
    written = 0
    with open_container(path) as container:
        stream = sound_stream(container, path)
        rate = stream.codec_context.sample_rate
        layout = stream.codec_context.layout
        if layout.nb_channels > _MOST_CHANNELS:
            raise UnusableAudioError(f"{path} has {layout.nb_channels} channels; FLAC holds {_MOST_CHANNELS}")
        few = stream.codec_context.format.name in _FEW_BITS
        with av.open(str(target), "w", format="flac") as out:
            sound: Any = out.add_stream("flac", rate=rate, layout=layout)
            sound.codec_context.format = "s16" if few else "s32"
            shaper = av.AudioResampler(format="s16" if few else "s32", layout=layout, rate=rate)
            for piece in _pieces(container, stream, begin, seconds):
                for frame in shaper.resample(piece):
                    frame.pts = written
                    written += frame.samples
                    out.mux(sound.encode(frame))
            for frame in shaper.resample(None):
                frame.pts = written
                written += frame.samples
                out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
    if not written:
        raise UnusableAudioError(f"{path} has no sound at {begin:g} s")


def _pieces(
    container: InputContainer, stream: AudioStream, begin: float, seconds: float | None
) -> Iterator[AudioFrame]:
    """The frames of a stretch, the first and the last cut to it; time is counted in samples."""
    import av

    zero = (container.start_time or 0) / 1_000_000
    sought = begin > _RUN_UP_SECONDS and stream.time_base is not None
    if sought and stream.time_base is not None:
        try:
            container.seek(int((zero + begin - _RUN_UP_SECONDS) / stream.time_base), stream=stream)
        except av.FFmpegError:
            sought = False
    end = None if seconds is None else begin + seconds
    place: int | None = None
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            rate = frame.sample_rate
            if place is None:
                stated = 0.0
                if sought and frame.pts is not None and frame.time_base:
                    stated = float(frame.pts * frame.time_base) - zero
                place = round(stated * rate)
            first, place = place, place + frame.samples
            low = max(0, round(begin * rate) - first)
            high = frame.samples if end is None else min(frame.samples, round(end * rate) - first)
            if high > low:
                yield _part(frame, low, high)
            if end is not None and place >= round(end * rate):
                return


def _part(frame: AudioFrame, low: int, high: int) -> AudioFrame:
    from av.audio.frame import AudioFrame

    frame.pts = None
    if (low, high) == (0, frame.samples):
        return frame
    channels = 1 if frame.format.is_planar else frame.layout.nb_channels
    part = AudioFrame.from_ndarray(
        frame.to_ndarray()[:, low * channels : high * channels].copy(),
        format=frame.format.name,
        layout=frame.layout.name,
    )
    part.sample_rate = frame.sample_rate
    return part

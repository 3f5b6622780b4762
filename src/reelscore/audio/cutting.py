"""A sound file, or a stretch of it, as FLAC: for songs that are part of a file, and for players.

Time is that of the analysis: what `load` hears at a second lies at that second, counted in samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reelscore.audio.container import checked_path, open_container, open_with_sndfile, sound_stream
from reelscore.audio.decode import SEEK_SLACK_SECONDS, PacketReader
from reelscore.children import in_child
from reelscore.errors import UnreadableMediaError, UnusableAudioError
from reelscore.limits import SOUND

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

_RUN_UP_SECONDS = 1.0
_MOST_CHANNELS = 8
_HIGHEST_RATE = 192_000  # what is above, as DSD decodes to, is halved
_FRAME_SAMPLES = 4608
# The fastest level: files are a sixth larger, and a song is there a second earlier.
_OPTIONS = {"compression_level": "0"}
# FLAC holds whole numbers: 16 bits of those that have no more, else 24.
_FEW_BITS = frozenset({"u8", "u8p", "s16", "s16p"})


class _SeekMissedError(Exception):
    """A seek landed behind its target."""


@in_child(SOUND)
def cut_sound(path: str | Path, begin: float, seconds: float | None, target: Path) -> None:
    """Write the sound of a file from `begin` on, for `seconds` or to the end, as FLAC; exact to the sample.

    Raises
    ------
    MediaNotFoundError, UnreadableMediaError, UnusableAudioError
        The file cannot be read, or has no sound there.
    OSError
        `target` cannot be written.
    """
    path = checked_path(path)
    try:
        try:
            written = _cut(path, begin, seconds, target, seek=begin > _RUN_UP_SECONDS)
        except _SeekMissedError:
            written = _cut(path, begin, seconds, target, seek=False)
    except UnreadableMediaError:
        written = _cut_with_sndfile(path, begin, seconds, target)
        if not written:
            raise
    if not written:
        raise UnusableAudioError(f"{path} has no sound at {begin:g} s")


def _cut(path: Path, begin: float, seconds: float | None, target: Path, *, seek: bool) -> int:
    """Write with FFmpeg; returns the samples that were written."""
    import av

    with open_container(path) as container:
        stream = sound_stream(container, path)
        shape = _Shape(stream, path)
        reader = PacketReader(container, stream, path, begin if seek else 0.0)
        with av.open(str(target), "w", format="flac") as out:
            sound: Any = out.add_stream("flac", rate=shape.rate, layout=shape.layout, options=_OPTIONS)
            sound.codec_context.format = shape.form
            written = 0
            for frame in _stretch(reader, shape, begin, seconds):
                frame.pts, frame.time_base = written, Fraction(1, shape.rate)
                written += frame.samples
                out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
    return written


class _Shape:
    """The form of the copy, and the way into it: a file may change its own form on the way."""

    def __init__(self, stream: AudioStream, path: Path) -> None:
        context = stream.codec_context
        form: object = context.format  # None if its head is damaged, whatever PyAV's types say
        if form is None or not context.sample_rate or not context.layout.nb_channels:
            raise UnreadableMediaError(
                f"{path} is damaged: it does not say what form its sound has; fetch or export it again"
            )
        self.layout = context.layout
        if self.layout.nb_channels > _MOST_CHANNELS:
            raise UnusableAudioError(
                f"{path} has {self.layout.nb_channels} channels; FLAC holds {_MOST_CHANNELS}"
            )
        self.rate = context.sample_rate
        while self.rate > _HIGHEST_RATE:
            self.rate //= 2
        # What a lossy codec gives has no more bits than it was made of; DSD counts as lossy, and has.
        fine = context.codec.lossless or context.name.startswith("dsd")
        few = context.format.name in _FEW_BITS or not fine
        self.form = "s16" if few else "s32"
        self._kind: tuple[Any, ...] = ()
        self._resampler: Any = None

    def push(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        import av

        kind = (frame.sample_rate, frame.format.name, frame.layout.name)
        if kind != self._kind:
            yield from self.flush()
            self._kind = kind
            self._resampler = av.AudioResampler(self.form, self.layout, self.rate, _FRAME_SAMPLES)
        frame.pts = None
        yield from self._resampler.resample(frame)

    def flush(self) -> Iterator[AudioFrame]:
        if self._resampler is not None:
            yield from self._resampler.resample(None)

    def frame(self, samples: np.ndarray) -> AudioFrame:
        """A frame of interleaved samples, of shape (1, n * channels)."""
        from av.audio.frame import AudioFrame

        frame = AudioFrame.from_ndarray(samples, format=self.form, layout=self.layout.name)
        frame.sample_rate = self.rate
        return frame

    def silence(self, samples: int) -> Iterator[AudioFrame]:
        kind = np.int16 if self.form == "s16" else np.int32
        for begin in range(0, samples, _FRAME_SAMPLES):
            count = min(_FRAME_SAMPLES, samples - begin)
            yield self.frame(np.zeros((1, count * self.layout.nb_channels), dtype=kind))


def _stretch(
    reader: PacketReader, shape: _Shape, begin: float, seconds: float | None
) -> Iterator[AudioFrame]:
    """The frames of a stretch, the first and the last cut to it; if sound sets in late, silence first."""
    runs = reader.frames()
    begun = next(runs, None)
    if begun is None:
        return
    if reader.sought and not begun[0] <= begin + SEEK_SLACK_SECONDS:
        raise _SeekMissedError
    first = round(begin * shape.rate)
    last = None if seconds is None else round((begin + seconds) * shape.rate)
    place = round(max(0.0, begun[0]) * shape.rate)
    yield from shape.silence(place - first if last is None else min(place, last) - first)
    for frame in _shaped(chain([begun], runs), shape):
        low = max(0, first - place)
        high = frame.samples if last is None else min(frame.samples, last - place)
        place += frame.samples
        if high > low:
            channels = shape.layout.nb_channels
            whole = (low, high) == (0, frame.samples)
            part = frame.to_ndarray()[:, low * channels : high * channels]
            yield frame if whole else shape.frame(part.copy())
        if last is not None and place >= last:
            return


def _shaped(runs: Iterable[tuple[float, list[AudioFrame]]], shape: _Shape) -> Iterator[AudioFrame]:
    for _, frames in runs:
        for frame in frames:
            yield from shape.push(frame)
    yield from shape.flush()


def _cut_with_sndfile(path: Path, begin: float, seconds: float | None, target: Path) -> int:
    """Write with libsndfile what FFmpeg refuses; 0 if it cannot read it either."""
    with open_with_sndfile(path) as sound:
        if sound is None or not sound.frames or not 0 < sound.channels <= _MOST_CHANNELS:
            return 0
        import soundfile

        rate = sound.samplerate
        first = min(round(begin * rate), sound.frames)
        left = sound.frames - first
        if seconds is not None:
            left = min(left, round((begin + seconds) * rate) - first)
        written = 0
        try:
            sound.seek(first)
        except soundfile.LibsndfileError:
            return 0
        with soundfile.SoundFile(target, "w", rate, sound.channels, "PCM_16", format="FLAC") as out:
            while left > written:
                try:
                    block = sound.read(min(_FRAME_SAMPLES * 8, left - written), dtype="float32")
                except soundfile.LibsndfileError:
                    break
                if not len(block):
                    break
                out.write(block)
                written += len(block)
        return written

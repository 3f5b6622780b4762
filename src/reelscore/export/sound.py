"""Sound of files in stereo at the timeline's rate, block by block: the reader of the mix.

Positions are counted in samples from the first one that the file holds, which is exact for every common
format; a seek is not (melt and browsers show by how much). Songs are minutes long, so what is skipped costs
little.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reelscore.audio.container import (
    chained_packets,
    checked_path,
    links_of,
    open_container,
    sound_stream,
)
from reelscore.errors import UnreadableMediaError
from reelscore.records import FloatArray

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

CHANNELS = 2
# Sound that is late by more than this by its own time stamps has a gap, as when a recording was paused.
_GAP_SECONDS = 0.1
_LARGEST_SAMPLE = 16.0
# A broken file that yields no sound in this many packets has none.
_SILENT_PACKETS = 5_000
_BLOCK = 1 << 15


class StereoReader:
    """Reads a file from `skip` samples on; before its first and behind its last sample there is silence."""

    def __init__(
        self, path: str | Path, *, sample_rate: int, skip: int = 0, follow_stamps: bool = False
    ) -> None:
        self._path = checked_path(path)
        self._rate = sample_rate
        self._follow_stamps = follow_stamps
        self._ready: list[FloatArray] = []
        self._count = 0
        self._silence_first = max(0, -skip)
        self._skip = max(0, skip)
        self._pieces: Iterator[FloatArray] | None = None
        self._open = ExitStack()
        self._over = False

    def __enter__(self) -> StereoReader:
        """Open nothing yet: many songs of one timeline need not be open at once."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; what is read after it is silence."""
        self._over = True
        self._pieces = None
        self._open.close()

    def read(self, count: int) -> FloatArray:
        """The next samples, float32 of shape (2, count).

        Raises
        ------
        UnreadableMediaError, UnusableAudioError, MediaNotFoundError
            The file cannot be read, or has no sound.
        """
        taken: FloatArray = np.zeros((CHANNELS, count), np.float32)
        at = min(count, self._silence_first)
        self._silence_first -= at
        while at < count:
            piece = self._next()
            if piece is None:
                break
            used = min(piece.shape[1], count - at)
            taken[:, at : at + used] = piece[:, :used]
            at += used
            if used < piece.shape[1]:
                self._ready.insert(0, piece[:, used:])
        return taken

    def _next(self) -> FloatArray | None:
        while True:
            if self._ready:
                piece = self._ready.pop(0)
            else:
                if self._over:
                    return None
                if self._pieces is None:
                    self._pieces = self._decode()
                found = next(self._pieces, None)
                if found is None:
                    self.close()
                    return None
                piece = found
            skipped = min(self._skip, piece.shape[1])
            self._skip -= skipped
            if skipped < piece.shape[1]:
                return piece[:, skipped:]

    def _decode(self) -> Iterator[FloatArray]:
        """All sound of the file from its first sample on, resampled, in blocks."""
        import av
        from av.audio.fifo import AudioFifo
        from av.audio.resampler import AudioResampler

        container = self._open.enter_context(open_container(self._path))
        stream = sound_stream(container, self._path)
        resampler: AudioResampler | None = None
        gathered = AudioFifo()
        form: tuple[Any, ...] = ()
        begin: int | None = None
        # Seconds of a stamp's unit, 0 if stamps do not count. Fractions for each frame would cost a tenth.
        tick = float(stream.time_base or 0) if self._follow_stamps else 0.0
        given = 0
        failed = 0
        packets = chained_packets(container, stream, self._path, links_of(container, self._path))
        while True:
            try:
                packet = next(packets)
                frames: list[AudioFrame] = packet.decode()
            except StopIteration:
                break
            except av.FFmpegError as error:
                failed += 1
                if failed > _SILENT_PACKETS:
                    raise UnreadableMediaError(
                        f"{self._path} is damaged: its sound cannot be decoded; fetch or export it again"
                    ) from error
                continue
            for frame in frames:
                if not frame.samples:
                    continue
                if tick and frame.pts is not None:
                    begin = frame.pts if begin is None else begin
                    missing = (frame.pts - begin) * tick - given / self._rate
                    if missing > _GAP_SECONDS:
                        yield from _taken(gathered)
                        lost = round(missing * self._rate)
                        given += lost
                        yield from _silence(lost)
                now = (frame.sample_rate, frame.format.name, frame.layout.nb_channels)
                if now != form or resampler is None:
                    if resampler is not None:
                        given += _resampled(resampler, None, gathered)
                        yield from _taken(gathered)
                        gathered = AudioFifo()
                    form = now
                    # One channel is doubled here: FFmpeg would take 3 dB off.
                    layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
                    resampler = AudioResampler(format="fltp", layout=layout, rate=self._rate)
                given += _resampled(resampler, frame, gathered)
                if gathered.samples >= _BLOCK:
                    yield from _taken(gathered)
        if resampler is not None:
            _resampled(resampler, None, gathered)
        yield from _taken(gathered)


def _resampled(resampler: Any, frame: AudioFrame | None, gathered: Any) -> int:
    """Add a frame, or what the resampler held back, to what is gathered; how many samples came of it."""
    count = 0
    if frame is not None:
        frame.pts = None  # or the resampler makes up for gaps by itself
    for done in resampler.resample(frame):
        done.pts = None
        count += done.samples
        gathered.write(done)
    return count


def _taken(gathered: Any) -> Iterator[FloatArray]:
    """What was gathered, in one piece: frames are short, and a call for each costs more than its sound."""
    if not gathered.samples:
        return
    samples: FloatArray = gathered.read(gathered.samples).to_ndarray()
    if not np.isfinite(samples.sum()):  # float files may hold anything
        samples = np.nan_to_num(samples, nan=0.0, posinf=_LARGEST_SAMPLE, neginf=-_LARGEST_SAMPLE)
    yield np.broadcast_to(samples, (CHANNELS, samples.shape[1])) if len(samples) == 1 else samples


def _silence(count: int) -> Iterator[FloatArray]:
    for begin in range(0, count, _BLOCK):
        yield np.zeros((CHANNELS, min(_BLOCK, count - begin)), np.float32)

"""What a live set sounds like, written while it is played: to the sample, with constant memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelscore.export.mix_levels import DuckSettings, event_gain, linear
from reelscore.export.sound import CHANNELS, StereoReader
from reelscore.live.mixing import Laid
from reelscore.records import TIMELINE_RATE, FloatArray, Media, MusicEvent

_BLOCK = 1 << 14
# A WAV file can hold no more; six hours.
_MOST_BYTES = (1 << 32) - (1 << 20)


class SetRenderer:
    """Turns a plan into blocks of (2, n) float32 at 48,000 Hz, from second 0 on.

    Parameters
    ----------
    path_of
        The file of a song, by its id.
    write
        Takes the blocks, in order.
    """

    def __init__(
        self,
        path_of: Callable[[str], Path],
        write: Callable[[FloatArray], object],
    ) -> None:
        self._path_of = path_of
        self._write = write
        self._duck = DuckSettings()
        self._level = 0.0  # of the ducking, dB
        self._at = 0
        self._voices: dict[int, _Voice] = {}

    def render(self, laid: Sequence[Laid], until: float, *, ducked: bool = False) -> None:
        """Render on to a second of the stream. What is planned behind it may still change.

        Raises
        ------
        MediaError
            A song cannot be read.
        """
        end = round(until * TIMELINE_RATE)
        while self._at < end:
            count = min(_BLOCK, end - self._at)
            mixed: FloatArray = np.zeros((CHANNELS, count), np.float32)
            for each in laid[-3:]:
                first, last = round(each.begin * TIMELINE_RATE), round(each.end * TIMELINE_RATE)
                if last <= self._at:
                    if each.number in self._voices:
                        self._voices.pop(each.number).close()
                elif first < self._at + count and last > first:
                    voice = self._voices.get(each.number)
                    if voice is None:
                        path = self._path_of(each.track.song_id)
                        voice = self._voices[each.number] = _Voice(each, path, max(self._at, first))
                    at = max(self._at, first)
                    sound = voice.read(at, self._at + count - at)
                    sound *= event_gain(_event(each), at, sound.shape[1])
                    mixed[:, at - self._at :] += sound
            self._write(mixed * self._ducking(count, ducked=ducked))
            self._at += count

    def close(self) -> None:
        """Close the songs."""
        for voice in self._voices.values():
            voice.close()
        self._voices.clear()

    def _ducking(self, count: int, *, ducked: bool) -> FloatArray | np.float32:
        """The factors of the next samples: nobody knows a word before it comes, so it goes down with it."""
        target = -self._duck.depth_db if ducked else 0.0
        if self._level == target:
            return np.float32(linear(target))
        seconds = self._duck.attack if ducked else self._duck.release
        step = self._duck.depth_db / max(1.0, seconds * TIMELINE_RATE)
        way = np.arange(1, count + 1) * (step if target > self._level else -step)
        levels = np.clip(self._level + way, -self._duck.depth_db, 0.0)
        self._level = float(levels[-1])
        factors: FloatArray = np.power(10.0, levels / 20.0).astype(np.float32)
        return factors


class _Voice:
    """Reads one song at the speed that it is played at."""

    def __init__(self, laid: Laid, path: Path, first: int) -> None:
        self._laid = laid
        self._shift = 0.0
        if laid.rate == 1.0:  # between samples, without anything to be heard of it: whole ones stay exact
            place = float(self._places(first, 1)[0])
            self._shift = round(place) - place
        self._begin = int(np.floor(self._places(first, 1)[0])) - 1  # of what is held
        self._held: FloatArray = np.zeros((CHANNELS, 0), np.float32)
        self._reader = StereoReader(path, sample_rate=TIMELINE_RATE, skip=self._begin)

    def read(self, first: int, count: int) -> FloatArray:
        """The sound of samples of the stream, one call behind the other."""
        if self._laid.rate == 1.0:
            # Counted: a while into a set, seconds as floats are too coarse to tell one sample from the next.
            whole = round(float(self._places(first, 1)[0]))
            return self._hold(whole, whole + count).copy()
        places = self._places(first, count)
        before = np.floor(places).astype(np.int64)
        part = (places - before).astype(np.float32)
        held = self._hold(int(before[0]) - 1, int(before[-1]) + 3)
        at = before - self._begin
        return _between(held[:, at - 1], held[:, at], held[:, at + 1], held[:, at + 2], part)

    def _hold(self, low: int, high: int) -> FloatArray:
        """The samples of the song from one on to before another; what is before them is let go."""
        self._held = self._held[:, low - self._begin :]
        self._begin = low
        missing = high - low - self._held.shape[1]
        if missing > 0:
            self._held = np.concatenate([self._held, self._reader.read(missing)], axis=1)
        return self._held[:, : high - low]

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def _places(self, first: int, count: int) -> NDArray[np.float64]:
        times = np.arange(first, first + count) / TIMELINE_RATE
        return self._laid.source_at(times) * TIMELINE_RATE + self._shift


def _between(
    before: FloatArray, here: FloatArray, there: FloatArray, after: FloatArray, part: FloatArray
) -> FloatArray:
    """A cubic through four samples (Catmull and Rom, "A class of local interpolating splines", 1974)."""
    slope = np.float32(0.5) * (there - before)
    bend = before - np.float32(2.5) * here + np.float32(2.0) * there - np.float32(0.5) * after
    twist = np.float32(0.5) * (after - before) + np.float32(1.5) * (here - there)
    found: FloatArray = ((twist * part + bend) * part + slope) * part + here
    return found


def _event(laid: Laid) -> MusicEvent:
    first, last = (round(seconds * TIMELINE_RATE) for seconds in (laid.begin, laid.end))
    return MusicEvent(
        song_id=laid.track.song_id,
        title=laid.track.title,
        media=Media("", 0),  # type: ignore[arg-type]  # only its place and fades are read
        source_in=0,
        record_in=first,
        length=last - first,
        fade_in=round(laid.fade_in * TIMELINE_RATE),
        fade_out=round(laid.fade_out * TIMELINE_RATE),
    )


class WavFile:
    """Takes blocks and writes them as 16-bit WAV; its header is right whenever the process ends."""

    def __init__(self, path: Path) -> None:
        import soundfile

        self._file = soundfile.SoundFile(path, "w", TIMELINE_RATE, CHANNELS, "PCM_16", format="WAV")
        self._bytes = 0
        self.is_full = False

    def write(self, block: FloatArray) -> None:
        """Write (2, n) samples; peaks above full scale are clipped. Nothing is written once it is full."""
        self._bytes += 2 * block.size
        self.is_full = self.is_full or self._bytes > _MOST_BYTES
        if not self.is_full:
            self._file.write(np.clip(block, -1.0, 1.0).T)
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

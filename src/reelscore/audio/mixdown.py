"""What decoding writes into: mixes channels to mono, resamples, and keeps just the stretch asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from reelscore.audio.channel_power import STEP_SECONDS, ChannelMeter, channel_weights
from reelscore.audio.polarity import Polarity
from reelscore.records import AudioClip, DoubleArray, FloatArray

# Float files may hold anything; 24 dB above full scale is as loud as sound gets.
_LARGEST_SAMPLE = 16.0
# A mean of the samples below this is no offset of the recording, only music that ends in mid-wave.
_LARGEST_OFFSET = 0.003
# Channels that cancel in the mean (one of them inverted) would leave silence of a track that has sound.
_CANCELLED_SHARE = 0.01


def _power(samples: FloatArray) -> float:
    # Not np.dot, which wakes all threads of BLAS for it.
    return float(np.square(samples).sum())


def _made_finite(channels: FloatArray) -> FloatArray:
    if math.isfinite(float(channels.sum())):
        return channels
    channels = np.nan_to_num(channels, nan=0.0, posinf=_LARGEST_SAMPLE, neginf=-_LARGEST_SAMPLE)
    return np.clip(channels, -_LARGEST_SAMPLE, _LARGEST_SAMPLE)


def _remove_offset(samples: FloatArray) -> None:
    """Take away what all samples share, in place: an offset of the recording leaks into every low band."""
    offset = float(samples.mean(dtype=np.float64))
    if abs(offset) > _LARGEST_OFFSET:
        samples -= np.float32(offset)


class Resampler:
    """Mono float32 from one rate to another, piece by piece (libswresample)."""

    def __init__(self, source_rate: int, sample_rate: int) -> None:
        self.source_rate = source_rate
        self._same = source_rate == sample_rate
        self._resampler: Any = None
        if not self._same:
            from av.audio.resampler import AudioResampler

            self._resampler = AudioResampler(format="flt", layout="mono", rate=sample_rate)

    def push(self, samples: FloatArray) -> Iterator[FloatArray]:
        """Hand over samples of shape (n,); what is ready comes back."""
        if self._same:
            yield samples
            return
        from av.audio.frame import AudioFrame

        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None, :], format="flt", layout="mono")
        frame.sample_rate = self.source_rate
        for done in self._resampler.resample(frame):
            yield done.to_ndarray()[0]

    def flush(self) -> Iterator[FloatArray]:
        """The rest that the filter still held."""
        if not self._same:
            for done in self._resampler.resample(None):
                yield done.to_ndarray()[0]


class Mixdown:
    """Collects the mono sound of `duration` seconds from `offset`.

    Time is counted in samples from the first frame on: the time stamps after it may run backwards.
    """

    def __init__(
        self,
        sample_rate: int,
        *,
        offset: float,
        duration: float | None,
        expected: float | None,
        report: Callable[[float], None],
        metered: bool = False,
        invert_right: bool = False,
    ) -> None:
        self.seconds_seen = 0.0  # of the file, up to the end of what was added
        self._rate = sample_rate
        self._offset = offset
        self._start = offset
        self._wanted = math.inf if duration is None else round(duration * sample_rate)
        self._skip_seconds = offset
        self._report = report
        self._resampler: Resampler | None = None
        # Pages that are never written cost no memory, so a stated length that is too long does no harm,
        # unless it is absurd.
        room = min(600.0 if expected is None else expected, 4 * 3600.0)
        self._buffer: FloatArray = np.empty(int((room + 1.0) * sample_rate), dtype=np.float32)
        self._filled = 0
        self._metered = metered
        self._meter: ChannelMeter | None = None
        self._powers: list[DoubleArray] = []  # of stretches of another form before this one
        self._invert_right = invert_right
        self.polarity = Polarity()
        self._mono_power = 0.0
        self._channel_power = 0.0

    def begin_at(self, time: float) -> None:
        """Say where in the file the first samples belong, before they are added."""
        time = max(0.0, time) if math.isfinite(time) else 0.0
        self.seconds_seen = time
        self._start = max(self._offset, time)
        self._skip_seconds = max(0.0, self._offset - time)

    def add(self, channels: FloatArray, source_rate: int, names: Sequence[str] = ()) -> bool:
        """Add samples of shape (channels, n); False once all that was wanted is there.

        `names`: of the channels, as FFmpeg calls them.
        """
        self.seconds_seen += channels.shape[1] / source_rate
        if self._skip_seconds > 0.0:
            skipped = min(channels.shape[1], round(self._skip_seconds * source_rate))
            self._skip_seconds -= skipped / source_rate
            if self._skip_seconds < 0.5 / source_rate:
                self._skip_seconds = 0.0
            channels = channels[:, skipped:]
        if not channels.shape[1]:
            return True
        channels = _made_finite(channels)
        if self._metered:
            self._measure(channels, source_rate, names)
        mono = self._mix(channels)
        if self._resampler is None or self._resampler.source_rate != source_rate:
            self._drain()
            self._resampler = Resampler(source_rate, self._rate)
        for piece in self._resampler.push(mono):
            self._append(piece)
        self._report(self._filled / self._rate)
        return self._filled < self._wanted

    def finish(self) -> AudioClip | None:
        """The clip, or None if nothing was in the stretch asked for."""
        self._drain()
        if not self._filled:
            return None
        gain = 0.0
        if self._mono_power > 0.0 and self._channel_power > 0.0:
            gain = 10.0 * math.log10(self._channel_power / self._mono_power)
        samples = self._buffer[: self._filled]
        _remove_offset(samples)
        powers = None
        if self._meter is not None:
            steps = np.concatenate([*self._powers, self._meter.finish()])
            powers = steps[: round(self._filled / self._rate / STEP_SECONDS - 0.5 + 1e-6)]
        return AudioClip(samples, self._rate, self._start, channel_gain_db=gain, powers=powers)

    def _measure(self, channels: FloatArray, rate: int, names: Sequence[str]) -> None:
        weights = channel_weights(names if len(names) == len(channels) else ["FL"] * len(channels))
        if self._meter is None or self._meter.form != (rate, weights):
            if self._meter is not None:
                self._powers.append(self._meter.finish())
            self._meter = ChannelMeter(rate, weights)
        self._meter.push(channels)

    def _mix(self, channels: FloatArray) -> FloatArray:
        if len(channels) == 1:
            mono = np.ascontiguousarray(channels[0])
            power = mono_power = _power(mono)
        else:
            if self._invert_right and len(channels) == 2:
                mono = (channels[0] - channels[1]) * np.float32(0.5)
            else:
                mono = channels.mean(axis=0, dtype=np.float32)
            each = [_power(channel) for channel in channels]
            power, mono_power = sum(each), _power(mono)
            if len(channels) == 2:
                self.polarity.note(channels, power, mono_power)
            if mono_power < _CANCELLED_SHARE * power / len(channels) ** 2:
                mono = np.ascontiguousarray(channels[int(np.argmax(each))])
                mono_power = max(each)
        self._channel_power += power
        self._mono_power += mono_power
        return mono

    def _append(self, piece: FloatArray) -> None:
        end = self._filled + len(piece)
        if end > self._wanted:
            end = int(self._wanted)
            piece = piece[: end - self._filled]
        if end > len(self._buffer):
            # In place if the system can: no second copy of a long track.
            self._buffer.resize(max(end, 2 * len(self._buffer)), refcheck=False)
        self._buffer[self._filled : end] = piece
        self._filled = end

    def _drain(self) -> None:
        if self._resampler is not None:
            for piece in self._resampler.flush():
                self._append(piece)
            self._resampler = None

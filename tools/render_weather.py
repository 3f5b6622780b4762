"""What recordings go through before they are heard: rooms, equalisers, compressors, noise, codecs.

Rendered clips go through it too, so that what is learned from them holds for recordings.
"""

from __future__ import annotations

import io

import av
import numpy as np

from render_voices import RATE, Samples, reverberate


def weather(x: Samples, rng: np.random.Generator) -> Samples:
    """What a recording goes through: room, equaliser, compressor, noise, narrow band, codec, gain."""
    x = x / (np.sqrt(np.mean(x**2)) + 1e-9) * 0.1
    if rng.random() < 0.4:
        x = reverberate(x, float(rng.uniform(0.5, 4.0)), float(rng.uniform(0.1, 0.5)), rng)
    if rng.random() < 0.7:
        spectrum = np.fft.rfft(x)
        hz = np.fft.rfftfreq(len(x), 1 / RATE)
        bands = np.array([20, 120, 400, 1200, 3500, 11025])
        gains = rng.normal(0, 4, len(bands))
        curve = np.interp(np.log(np.maximum(hz, 20)), np.log(bands), gains)
        if rng.random() < 0.25:
            curve -= np.maximum(0, 24 * np.log2(np.maximum(hz, 1) / rng.uniform(3000, 8000)))
        x = np.fft.irfft(spectrum * 10 ** (curve / 20), len(x))
    if rng.random() < 0.4:
        drive = rng.uniform(1.5, 5)
        x = np.tanh(drive * x / (np.abs(x).max() + 1e-9)) / drive
    if rng.random() < 0.3:
        x = x + rng.standard_normal(len(x)) * np.sqrt(np.mean(x**2)) * 10 ** (rng.uniform(-50, -28) / 20)
    x = x / (np.abs(x).max() + 1e-9) * 10 ** (rng.uniform(-12, -0.5) / 20)
    return through_codec(x, rng) if rng.random() < 0.5 else x


def through_codec(x: Samples, rng: np.random.Generator) -> Samples:
    """Encode and decode: MP3 or Opus at a low rate."""
    codec, container, rate = (("libmp3lame", "mp3", 22_050), ("libopus", "ogg", 24_000))[int(rng.integers(2))]
    data = io.BytesIO()
    with av.open(data, "w", format=container) as target:
        stream = target.add_stream(
            codec, rate=rate, layout="mono", bit_rate=int(rng.choice([32, 48, 64, 96])) * 1000
        )
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(x.astype(np.float32)[None], format="flt", layout="mono")
        frame.sample_rate = RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    data.seek(0)
    with av.open(data) as source:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        pieces = [p.to_ndarray()[0] for frame in source.decode(audio=0) for p in resampler.resample(frame)]
    return np.concatenate(pieces)[: len(x)].astype(np.float64)

"""What happens to music on its way to a listener: channels, filters, noise, level and coding."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from midi import RATE


def treated(sound: np.ndarray, draw: random.Random) -> tuple[np.ndarray, str]:
    """Mono float32 of (channels, n) sound with a drawn treatment, and what was done."""
    noise = np.random.default_rng(draw.randrange(1 << 30))
    mono = sound.mean(axis=0) if draw.random() < 0.8 else sound[draw.randrange(len(sound))].copy()
    done = []
    mono /= max(float(np.abs(mono).max()), 1e-6)
    if draw.random() < 0.35:
        mono, what = _coloured(mono, draw)
        done.append(what)
    if draw.random() < 0.3:
        drive = draw.uniform(1.5, 4.0)
        mono = np.tanh(drive * mono) / np.tanh(drive)
        done.append("saturated")
    if draw.random() < 0.35:
        level = 10.0 ** (-draw.uniform(22.0, 50.0) / 20.0) * float(np.sqrt(np.mean(np.square(mono))))
        hiss = noise.standard_normal(len(mono))
        if draw.random() < 0.5:
            spectrum = np.fft.rfft(hiss)
            spectrum /= np.sqrt(np.arange(len(spectrum)) + 50.0)
            hiss = np.fft.irfft(spectrum, len(mono))
            hiss /= hiss.std()
        mono = mono + level * hiss
        done.append("noise")
    mono = mono * 10.0 ** (-draw.uniform(1.0, 20.0) / 20.0) / max(float(np.abs(mono).max()), 1e-6)
    return mono.astype(np.float32), ", ".join(done)


def _coloured(mono: np.ndarray, draw: random.Random) -> tuple[np.ndarray, str]:
    """A shelf or a narrow band, without a shift in time (zero phase)."""
    kind = draw.choice(("dark", "bright", "thin", "telephone"))
    spectrum = np.fft.rfft(mono)
    hz = np.fft.rfftfreq(len(mono), 1.0 / RATE) + 1e-3
    low, high = (draw.uniform(80, 300), draw.uniform(2000, 6000))
    if kind == "dark":
        gain = 1.0 / np.sqrt(1.0 + (hz / high) ** 2)
    elif kind == "bright":
        gain = np.sqrt((1.0 + (hz / 800.0) ** 2) / (1.0 + (hz / 4000.0) ** 2))
    else:
        gain = 1.0 / np.sqrt(1.0 + (low / hz) ** 2)
        if kind == "telephone":
            gain = gain / (1.0 + (hz / high) ** 2)
    result = np.fft.irfft(spectrum * gain, len(mono))
    return result / max(float(np.abs(result).max()), 1e-6), kind


def write(mono: np.ndarray, path: Path, codec: str, bit_rate: int) -> None:
    """Mono float32 at 44,100 Hz to `path` as flac, mp3 or opus."""
    import av
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

    encoder = {"flac": "flac", "mp3": "libmp3lame", "opus": "libopus"}[codec]
    rate = 48000 if codec == "opus" else RATE
    with av.open(str(path), "w", format={"flac": "flac", "mp3": "mp3", "opus": "ogg"}[codec]) as container:
        stream = container.add_stream(encoder, rate=rate)
        stream.layout = "mono"
        if codec != "flac":
            stream.bit_rate = bit_rate
        form = stream.codec_context.format.name if stream.codec_context.format else "s16"
        resampler = AudioResampler(
            format=form, layout="mono", rate=rate, frame_size=stream.codec_context.frame_size or 4096
        )
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(mono[None, :]), format="flt", layout="mono")
        frame.sample_rate = RATE
        for source in (frame, None):
            for piece in resampler.resample(source):
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))

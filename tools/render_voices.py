"""Sound made with NumPy: chip voices, synthesisers, plucked strings, drum machines.

A voice takes a pitch in Hz, a length in seconds and a generator, and gives samples at `RATE` with a peak
near 1. Needs SciPy for its recursive filters, which the demo extra brings along.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter

RATE = 22_050
Samples = NDArray[np.float64]
Rng = np.random.Generator
Voice = Callable[[float, float, Rng], Samples]


def _time(seconds: float) -> Samples:
    return np.arange(max(64, int(seconds * RATE))) / RATE


def _envelope(n: int, attack: float, decay: float, sustain: float, release: float) -> Samples:
    t = np.arange(n) / RATE
    level = np.minimum(t / max(attack, 1e-3), 1.0)
    level *= sustain + (1 - sustain) * np.exp(-np.maximum(t - attack, 0) / max(decay, 1e-3))
    return level * np.minimum((t[-1] - t) / max(release, 1e-3), 1.0)


def _lowpass(x: Samples, hz: float, order: int = 2) -> Samples:
    b, a = butter(order, min(hz, 0.45 * RATE) / (RATE / 2))
    return np.asarray(lfilter(b, a, x))


def _highpass(x: Samples, hz: float) -> Samples:
    b, a = butter(2, hz / (RATE / 2), "high")
    return np.asarray(lfilter(b, a, x))


def _peak(x: Samples, hz: float, width: float) -> Samples:
    low, high = max(hz - width / 2, 30) / (RATE / 2), min(hz + width / 2, 0.45 * RATE) / (RATE / 2)
    b, a = butter(1, [low, high], "band")
    return np.asarray(lfilter(b, a, x))


def _sweep(x: Samples, position: Samples, cutoffs: tuple[float, ...], resonance: float = 0.0) -> Samples:
    """A moving low-pass: a cross-fade between fixed ones. `position` runs from 0 (first) to 1 (last)."""
    layers = np.stack([_lowpass(x, hz) + resonance * _peak(x, hz, hz * 0.3) for hz in cutoffs])
    at = np.clip(position, 0, 1) * (len(cutoffs) - 1)
    low = np.minimum(at.astype(int), len(cutoffs) - 2)
    part = at - low
    n = np.arange(len(x))
    return np.asarray((1 - part) * layers[low, n] + part * layers[low + 1, n])


def _saw(hz: float | Samples, t: Samples, phase: float = 0.0) -> Samples:
    cycles = np.cumsum(np.broadcast_to(hz, t.shape)) / RATE + phase
    return 2 * (cycles % 1) - 1


def _detuned(hz: float, t: Samples, rng: Rng, count: int, cents: float) -> Samples:
    spread = 2 ** (rng.uniform(-cents, cents, count) / 1200)
    return np.asarray(sum(_saw(hz * s, t, rng.random()) for s in spread) / np.sqrt(count))


def _pulse(duty: float) -> Voice:
    def voice(hz: float, seconds: float, rng: Rng) -> Samples:
        t = _time(seconds)
        vibrato = 1 + 0.006 * np.sin(2 * np.pi * 6 * t) * (t > 0.25)
        x = np.where((np.cumsum(hz * vibrato) / RATE) % 1 < duty, 1.0, -1.0)
        level = np.round(15 * _envelope(len(t), 0.004, 0.25, 0.55, 0.02)) / 15
        return np.asarray(0.6 * x * level)

    return voice


def triangle4(hz: float, seconds: float, rng: Rng) -> Samples:
    """The four-bit triangle of an 8-bit console."""
    t = _time(seconds)
    return np.round(7.5 * (2 * np.abs(_saw(hz, t)) - 1)) / 7.5


def sid(hz: float, seconds: float, rng: Rng) -> Samples:
    """A pulse whose width moves, through a filter that closes: a home computer."""
    t = _time(seconds)
    duty = 0.5 + 0.3 * np.sin(2 * np.pi * 0.8 * t + rng.random() * 6)
    x = np.where((hz * t) % 1 < duty, 1.0, -1.0)
    return (
        0.6
        * _sweep(x, np.exp(-t / 0.3), (500, 1500, 4000, 9000), 0.5)
        * _envelope(len(t), 0.005, 0.4, 0.5, 0.03)
    )


def chiparp(hz: float, seconds: float, rng: Rng) -> Samples:
    """A chord as a fast arpeggio of one pulse voice, changed sixty times a second."""
    t = _time(seconds)
    third = 2 ** (rng.choice([3, 4]) / 12)
    steps = np.array([1.0, third, 2 ** (7 / 12)])[(t * 60 / 2).astype(int) % 3]
    return (
        0.6
        * np.where((np.cumsum(hz * steps) / RATE) % 1 < 0.25, 1.0, -1.0)
        * _envelope(len(t), 0.004, 0.3, 0.6, 0.02)
    )


def _fm(ratio: float, index: float, decay: float, sustain: float = 0.2) -> Voice:
    def voice(hz: float, seconds: float, rng: Rng) -> Samples:
        t = _time(seconds)
        fade = sustain + (1 - sustain) * np.exp(-t / decay)
        x = np.sin(2 * np.pi * hz * t + index * fade * np.sin(2 * np.pi * hz * ratio * t))
        return np.asarray(x * _envelope(len(t), 0.004, decay * 1.5, sustain, 0.05))

    return voice


def supersaw(hz: float, seconds: float, rng: Rng) -> Samples:
    """Seven detuned saws: the lead and the chords of trance."""
    t = _time(seconds)
    return _lowpass(_detuned(hz, t, rng, 7, 18), 8000) * _envelope(len(t), 0.01, 0.5, 0.7, 0.08)


def sawlead(hz: float, seconds: float, rng: Rng) -> Samples:
    """Two saws with vibrato."""
    t = _time(seconds)
    bent = hz * (1 + 0.006 * np.sin(2 * np.pi * 5.5 * t) * np.minimum(t, 1))
    return _lowpass(0.6 * (_saw(bent, t) + _saw(bent * 1.005, t)), 5000) * _envelope(
        len(t), 0.02, 0.5, 0.7, 0.08
    )


def sawbass(hz: float, seconds: float, rng: Rng) -> Samples:
    """A short synth bass whose filter closes."""
    t = _time(seconds)
    return _sweep(_saw(hz, t), np.exp(-t / 0.12), (250, 600, 1500, 4000), 0.4) * _envelope(
        len(t), 0.003, 0.3, 0.6, 0.03
    )


def acid(hz: float, seconds: float, rng: Rng) -> Samples:
    """A resonant bass line of techno."""
    t = _time(seconds)
    return np.tanh(
        2 * _sweep(_saw(hz, t), rng.uniform(0.5, 1) * np.exp(-t / 0.1), (300, 900, 2500, 6000), 2.5)
    ) * _envelope(len(t), 0.003, 0.2, 0.4, 0.02)


def sub808(hz: float, seconds: float, rng: Rng) -> Samples:
    """A long sine that starts higher: the bass of trap."""
    t = _time(max(seconds, 0.5))
    glide = hz * (1 + 0.8 * np.exp(-t / 0.03))
    return np.tanh(1.8 * np.sin(2 * np.pi * np.cumsum(glide) / RATE)) * _envelope(
        len(t), 0.003, 0.9, 0.2, 0.05
    )


def reese(hz: float, seconds: float, rng: Rng) -> Samples:
    """Detuned saws, dark: the bass of drum and bass."""
    t = _time(seconds)
    return np.tanh(1.5 * _lowpass(_detuned(hz, t, rng, 3, 30), 900)) * _envelope(len(t), 0.01, 1.0, 0.9, 0.03)


def wobble(hz: float, seconds: float, rng: Rng) -> Samples:
    """A bass whose filter opens and closes in time: dubstep."""
    t = _time(seconds)
    move = 0.5 - 0.5 * np.cos(2 * np.pi * rng.choice([3.0, 4.0, 6.0]) * t)
    return np.tanh(2.5 * _sweep(_detuned(hz, t, rng, 3, 20), move, (150, 500, 1500, 4000), 1.0)) * _envelope(
        len(t), 0.01, 1, 1, 0.02
    )


def pluck(hz: float, seconds: float, rng: Rng) -> Samples:
    """A saw with a quick filter: a synth pluck."""
    t = _time(max(seconds, 0.35))
    return _sweep(_detuned(hz, t, rng, 2, 8), np.exp(-t / 0.1), (400, 1200, 3500, 8000)) * _envelope(
        len(t), 0.002, 0.25, 0.05, 0.05
    )


def warmpad(hz: float, seconds: float, rng: Rng) -> Samples:
    """Detuned saws, soft, slow to come and go."""
    t = _time(seconds * 1.15)
    move = 0.4 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.1, 0.4) * t + rng.random() * 6)
    return _sweep(_detuned(hz, t, rng, 5, 14), move, (300, 900, 2200, 5000)) * _envelope(
        len(t), 0.4, 2, 0.9, 0.5
    )


def sinepad(hz: float, seconds: float, rng: Rng) -> Samples:
    """Sines that beat with each other: glassy ambience."""
    t = _time(seconds * 1.2)
    x = sum(
        np.sin(2 * np.pi * hz * k * (1 + rng.uniform(-2e-3, 2e-3)) * t + rng.random() * 6) / k
        for k in (1, 1, 2, 3, 4.01)
    )
    return 0.4 * np.asarray(x) * _envelope(len(t), 0.6, 3, 0.9, 0.6)


def vowel(hz: float, seconds: float, rng: Rng) -> Samples:
    """Many voices on an open vowel: saws through the formants of a singer."""
    t = _time(seconds * 1.05)
    drift = sum(
        _saw(hz * (1 + 0.008 * np.sin(2 * np.pi * rng.uniform(4, 6) * t + rng.random() * 6)), t, rng.random())
        for _ in range(5)
    )
    source = np.asarray(drift) / 2.2 + 0.05 * rng.standard_normal(len(t))
    formants = (
        ((700, 110, 1.0), (1150, 140, 0.6), (2800, 250, 0.25))
        if rng.random() < 0.6
        else ((400, 90, 1.0), (800, 110, 0.5), (2600, 250, 0.15))
    )
    return np.asarray(sum(gain * 3 * _peak(source, at, width) for at, width, gain in formants)) * _envelope(
        len(t), 0.15, 2, 0.9, 0.15
    )


def bowed(hz: float, seconds: float, rng: Rng) -> Samples:
    """A string section: detuned saws with vibrato through a body."""
    t = _time(seconds * 1.05)
    x = (
        sum(
            _saw(
                hz * (1 + 0.005 * np.sin(2 * np.pi * rng.uniform(5, 6.5) * t + rng.random() * 6)),
                t,
                rng.random(),
            )
            for _ in range(6)
        )
        / 2.4
    )
    x = np.asarray(x) + 0.03 * rng.standard_normal(len(t))
    return (
        (_lowpass(x, 3500) + 0.5 * _peak(x, 500, 200) + 0.4 * _peak(x, 2500, 800))
        * _envelope(len(t), 0.12, 2, 0.9, 0.12)
        * 0.6
    )


def string(hz: float, seconds: float, rng: Rng) -> Samples:
    """A plucked string after Karplus and Strong."""
    period = max(2, round(RATE / hz - 0.5))
    n = int((seconds + 0.15) * RATE)
    burst = np.zeros(n)
    burst[: min(period, n)] = _lowpass(rng.uniform(-1, 1, period), 6000, 1)[: min(period, n)]
    a = np.zeros(period + 2)
    a[0], a[period], a[period + 1] = 1, -0.497, -0.497
    x = np.asarray(lfilter([1.0], a, burst))
    return x / max(np.abs(x).max(), 1e-6) * _envelope(n, 0.001, 3, 0.9, 0.1)


def muted(hz: float, seconds: float, rng: Rng) -> Samples:
    """A string damped with the palm."""
    x = string(hz, min(seconds, 0.25), rng)
    return np.asarray(_lowpass(x, 2200) * np.exp(-np.arange(len(x)) / RATE / 0.09) * 1.4)


VOICES: dict[str, Voice] = {
    "pulse12": _pulse(0.125),
    "pulse25": _pulse(0.25),
    "pulse50": _pulse(0.5),
    "triangle4": triangle4,
    "sid": sid,
    "chiparp": chiparp,
    "fmlead": _fm(2, 2.5, 0.4, 0.5),
    "fmbass": _fm(1, 4, 0.15, 0.2),
    "fmbell": _fm(3.5, 3, 0.9, 0.0),
    "rhodes": _fm(14, 0.6, 0.3, 0.15),
    "supersaw": supersaw,
    "sawlead": sawlead,
    "sawbass": sawbass,
    "acid": acid,
    "sub808": sub808,
    "reese": reese,
    "wobble": wobble,
    "pluck": pluck,
    "warmpad": warmpad,
    "sinepad": sinepad,
    "vowel": vowel,
    "bowed": bowed,
    "string": string,
    "muted": muted,
}


def amplify(x: Samples, drive: float) -> Samples:
    """Overdrive a guitar and send it through a cabinet: mid-heavy, nothing above 5 kHz."""
    x = np.tanh(drive * _highpass(x / max(np.abs(x).max(), 1e-6), 90))
    return _lowpass(x, 4500, 4) + 0.4 * _peak(x, 1800, 900)


def drum(kind: str, key: int, rng: Rng) -> Samples:
    """One hit of a drum machine; `key` is that of General MIDI."""
    if kind == "chip":
        t = _time(0.18)
        if key in (36, 43, 47, 50):
            return np.sign(np.sin(2 * np.pi * np.cumsum(40 + 200 * np.exp(-t / 0.03)) / RATE)) * np.exp(
                -t / 0.06
            )
        hold = 2 if key in (42, 46, 70, 54) else 6
        noise = np.repeat(rng.choice([-1.0, 1.0], len(t) // hold + 1), hold)[: len(t)]
        return np.round(15 * noise * np.exp(-t / (0.02 if hold == 2 else 0.07))) / 15 * 0.7
    long = kind == "808"
    if key in (36, 43, 47, 50):
        t = _time(0.6 if long else 0.3)
        high = {36: 48.0, 43: 80.0, 47: 120.0, 50: 170.0}[key]
        body = np.sin(2 * np.pi * np.cumsum(high + high * (2 if long else 4) * np.exp(-t / 0.02)) / RATE)
        return np.tanh(
            2 * body * np.exp(-t / (0.25 if long else 0.1))
            + 0.3 * rng.standard_normal(len(t)) * np.exp(-t / 0.004)
        )
    if key in (38, 37):
        t = _time(0.25)
        tone = np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.06)
        return 0.5 * tone + 0.7 * _highpass(rng.standard_normal(len(t)), 1200) * np.exp(-t / 0.07)
    if key == 39:
        t = _time(0.25)
        bursts = sum(
            np.exp(-np.maximum(t - d, 0) / 0.012) * (t >= d) for d in (0, 0.011, 0.022)
        ) + 0.6 * np.exp(-t / 0.08)
        return 0.4 * _peak(rng.standard_normal(len(t)), 1300, 1000) * np.asarray(bursts)
    t = _time(0.5 if key in (46, 49, 51) else 0.12)
    return (
        0.35
        * _highpass(rng.standard_normal(len(t)), 6000)
        * np.exp(-t / {46: 0.12, 49: 0.3, 51: 0.15}.get(key, 0.025))
    )


def reverberate(x: Samples, seconds: float, wet: float, rng: Rng) -> Samples:
    """A room from decaying noise."""
    n = int(seconds * RATE)
    room = _lowpass(rng.standard_normal(n), 5000, 1) * np.exp(-6.9 * np.arange(n) / n)
    room /= np.sqrt(np.sum(room**2))
    return (1 - wet) * x + wet * np.asarray(fftconvolve(x, room))[: len(x)]

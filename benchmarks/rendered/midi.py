"""Standard MIDI files in steps of a tenth of a millisecond, and FluidSynth to play them."""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np

_TICKS_PER_SECOND = 10000
_QUARTER = 5000  # ticks; with 500,000 microseconds a quarter that is 10,000 ticks a second
RATE = 44100


def midi_bytes(notes: list[tuple[float, float, int, int, int]], programs: dict[int, int]) -> bytes:
    """Notes as (seconds, length, channel, pitch, velocity) in one track."""
    events: list[tuple[int, int, bytes]] = [
        (0, 0, bytes([0xC0 | channel, program])) for channel, program in programs.items()
    ]
    for time, length, channel, pitch, velocity in notes:
        begin = round(time * _TICKS_PER_SECOND)
        stop = max(begin + 1, round((time + length) * _TICKS_PER_SECOND))
        events.append((begin, 2, bytes([0x90 | channel, pitch, velocity])))
        events.append((stop, 1, bytes([0x80 | channel, pitch, 0])))
    events.sort(key=lambda event: event[:2])
    track = b"\x00\xff\x51\x03" + (500000).to_bytes(3, "big")
    now = 0
    for time, _, message in events:
        track += _variable(time - now) + message
        now = time
    track += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, _QUARTER)
    return head + b"MTrk" + struct.pack(">I", len(track)) + track


def _variable(value: int) -> bytes:
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(0x80 | (value & 0x7F))
    return bytes(reversed(parts))


def synthesise(midi: bytes, soundfont: Path, *, reverb: float, gain: float = 0.5) -> np.ndarray:
    """The sound of a MIDI file, float32 of shape (channels, n) at 44,100 Hz."""
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.mid"), Path(folder, "out.wav")
        source.write_bytes(midi)
        settings = [
            f"synth.reverb.active={int(reverb > 0)}",
            "synth.chorus.active=0",
            "synth.polyphony=160",
            "synth.dynamic-sample-loading=1",
        ]
        if reverb > 0:
            settings += [f"synth.reverb.level={reverb}", f"synth.reverb.room-size={min(0.9, 0.2 + reverb)}"]
        options = [word for setting in settings for word in ("-o", setting)]
        subprocess.run(
            ["fluidsynth", "-ni", "-q", "-g", str(gain), "-r", str(RATE), *options, "-O", "float",
             "-F", str(target), str(soundfont), str(source)],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        samples, _ = soundfile.read(target, dtype="float32", always_2d=True)
    return samples.T


def latency(soundfont: Path) -> float:
    """Seconds from a note's time in the MIDI file to its sound, the median over hard clicks."""
    times = 0.5 + 0.377 * np.arange(20)
    found = []
    for key in (37, 75, 76):  # side stick, claves, high wood block
        sound = synthesise(
            midi_bytes([(float(t), 0.1, 9, key, 120) for t in times], {}), soundfont, reverb=0.0
        )
        level = np.abs(sound).max(axis=0)
        for time in times:
            begin = round((time - 0.05) * RATE)
            piece = level[begin : begin + round(0.2 * RATE)]
            if piece.max() > 0.01:
                found.append((begin + int(np.argmax(piece > 0.1 * piece.max()))) / RATE - time)
    return float(np.median(found)) if found else 0.0

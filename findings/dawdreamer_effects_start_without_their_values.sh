#!/usr/bin/env bash
# DawDreamer: a panner stands half way to the right, a reverb is silent and a delay delays nothing, whatever values they are made with.
#
# Versions: dawdreamer 0.9.0 (of August 2026) as published on PyPI.
# Source:   a stereo tone of 1 kHz through make_panner_processor for pan -1, 0 and 1 and without a value; through make_reverb_processor without
#           values, by its signature wet .33 and dry .4, and with wet 0 and dry 1; a click through make_delay_processor for 250 ms and wet .5.
# Expected: what the arguments of these methods say, as compressor and filter do: left, middle and right; the tone again or a room around it;
#           half of the click, and half of it after 250 ms. In the signature of the panner pan is 0.0.
# Seen:     pan is read back as .5 each time: -6 dB on the left and +3.5 dB on the right. The five values of the reverb are read back as 0
#           and what comes out is digital silence. The delay is of .0002 ms and wet of .1: the click alone. The
#           panner and the delay are right, and the reverb sounds, once the same values are assigned to the attributes of what was made.
# Why it hurts: nothing is raised, and a mix that is rendered without being watched leans to the right or has lost each track behind a
#           reverb. Tracks with a panner in the middle are the most there are, and their loudness and their sum to mono are wrong too.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dawdreamer==0.9.0 numpy

"$folder/venv/bin/python" - <<'PYTHON'
import dawdreamer
import numpy as np

RATE = 44100
time = np.arange(2 * RATE) / RATE
tone = np.stack([0.25 * np.sin(2 * np.pi * 1000 * time)] * 2).astype(np.float32)
click = np.zeros((2, 2 * RATE), np.float32)
click[:, RATE // 2] = 0.5
engines = []  # a processor lives as long as its engine


def through(kind, *values, sound=tone, assigned=None):
    """The sound behind the effect that is made with these values, or to which they are assigned afterwards."""
    engine = dawdreamer.RenderEngine(RATE, 128)
    engines.append(engine)
    source = engine.make_playback_processor("source", sound)
    effect = getattr(engine, f"make_{kind}_processor")("effect", *values)
    for name, value in (assigned or {}).items():
        setattr(effect, name, value)
    engine.load_graph([(source, []), (effect, ["source"])])
    engine.render(2.0)
    return engine.get_audio(), effect


def gains(sound):
    """Of left and right in decibels, in the second second."""
    energy = [np.sqrt((channel[RATE : 2 * RATE] ** 2).mean()) * 2**0.5 / 0.25 for channel in sound]
    return [round(20 * float(np.log10(max(each, 1e-9))), 1) for each in energy]


def places(sound):
    return [((int(at) - RATE // 2) * 1000 / RATE, round(float(sound[0, at]), 2)) for at in np.flatnonzero(np.abs(sound[0]) > 0.01)]


for pan in (None, -1.0, 0.0, 1.0):
    sound, effect = through("panner", *(() if pan is None else ("linear", pan)))
    later, _ = through("panner", assigned={"pan": pan or 0.0})
    print("pan", pan, "read back as", effect.pan, gains(sound), "assigned:", gains(later))
    assert effect.pan == 0.5 and gains(sound) == [-6.0, 3.5], "it changed"
    assert gains(later) == {-1.0: [6.0, -180.0], 1.0: [-180.0, 6.0]}.get(pan, [0.0, 0.0])

names = ("room_size", "damping", "wet_level", "dry_level", "width")
for values in ((), (0.5, 0.5, 0.0, 1.0, 1.0)):
    sound, effect = through("reverb", *values)
    read = [getattr(effect, name) for name in names]
    later, _ = through("reverb", assigned=dict(zip(names, values or (0.5, 0.5, 0.33, 0.4, 1.0))))
    print("reverb", values, "read back as", read, gains(sound), "assigned:", gains(later))
    assert read == [0.0] * 5 and not sound.any(), "it changed"
    assert min(gains(later)) > -12

sound, effect = through("delay", "linear", 250.0, 0.5, sound=click)
later, _ = through("delay", sound=click, assigned={"delay": 250.0, "wet": 0.5})
print("delay read back as", effect.delay, effect.wet, places(sound), "assigned:", places(later))
assert effect.delay < 0.001 and len(places(sound)) == 1, "it changed"
assert places(later) == [(0.0, 0.25), (250.0, 0.25)]
PYTHON

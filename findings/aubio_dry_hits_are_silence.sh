#!/usr/bin/env bash
# aubio: hits with digital silence between them give no onset at all at 22.05 and 16 kHz, and noise at -66 dB brings all of them back.
#
# Versions: aubio-ledfx 0.4.12 (of October 2026, the aubio that is still built for PyPI); aubio 0.4.9 of Debian 12 does the same.
# Source:   49 clicks at 100 a minute, each 1 kHz at .8 that falls by 5 ms, as a metronome, a dry drum or a woodblock of a sampler; and the same
#           with noise of -66 dB under them. aubio.onset("default", 1024, 512, rate) hop by hop, at 48, 44.1, 22.05 and 16 kHz.
# Expected: 49 onsets in each: nothing else is there, and a hop with a click is 50 dB above the threshold of silence (-70 dB).
# Seen:     49 with the noise at each rate; without it 49 at 48 and 44.1 kHz, and none at 22.05 and 16 kHz. A peak is told from the hop that
#           follows it, and src/onset/onset.c asks of that hop whether it is silent (aubio_silence_detection of the input), not of the peak's.
#           A lower set_silence, which is for sounds that are missed, gives none either.
# Why it hurts: a rate of 22.05 or 16 kHz is what analysis runs at, and what comes from a sequencer has no noise: a click track, which is what
#           one tests with, has no hits, no tempo by its onsets and no cuts on its beats, and each recording of the same has all.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aubio-ledfx==0.4.12 numpy==2.2.0

"$folder/venv/bin/python" - <<'PYTHON'
import aubio
import numpy as np

HOP, SECONDS = 512, 30
BEGINS = np.arange(0.5, SECONDS - 0.2, 0.6)


def clicks(rate, noise):
    times = np.arange(int(0.03 * rate)) / rate
    click = 0.8 * np.sin(2 * np.pi * 1000 * times) * np.exp(-times / 0.005)
    sound = noise * np.random.default_rng(0).normal(size=SECONDS * rate)
    for begin in BEGINS:
        at = int(begin * rate)
        sound[at : at + len(click)] += click
    return sound.astype(np.float32)


def hits(sound, rate, silence):
    """How many of the clicks have an onset within 50 ms."""
    detector = aubio.onset("default", 2 * HOP, HOP, rate)
    detector.set_silence(silence)
    found = []
    for at in range(0, len(sound) - HOP + 1, HOP):
        if detector(sound[at : at + HOP])[0]:
            found.append(detector.get_last_s())
    return sum(any(abs(onset - begin) < 0.05 for onset in found) for begin in BEGINS)


seen = {}
for rate in (48000, 44100, 22050, 16000):
    dry, noisy = clicks(rate, 0.0), clicks(rate, 10 ** (-66 / 20))
    seen[rate] = hits(dry, rate, -70), hits(dry, rate, -120), hits(noisy, rate, -70)
    print(rate, "dry", seen[rate][0], "with a lower threshold", seen[rate][1], "with noise", seen[rate][2], "of", len(BEGINS))
assert {noisy for _, _, noisy in seen.values()} == {len(BEGINS)}
assert seen[48000][0] == seen[44100][0] == len(BEGINS)
assert seen[22050][:2] == seen[16000][:2] == (0, 0), "it changed"
PYTHON

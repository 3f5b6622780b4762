#!/usr/bin/env bash
# FFmpeg: a passage that is cut out of an MP3 song on a beat begins with 6 to 50 ms of silence, in place of the hit.
#
# Versions: FFmpeg 9.0.2 as it comes with imageio-ffmpeg 0.8.1 on PyPI.
# Source:   "ffmpeg -ss 5 -i song.mp3" (input seeking) to plain samples, at four places of a song with a hit each half second, as MP3 of
#           128 kb/s at 44.1 kHz, and as Ogg Opus and FLAC. The level of the first 20 ms beside the same place of the whole.
# Expected: the same sound: -accurate_seek, which is on, is to be accurate where sound is decoded. With "-i song.mp3 -ss 5" it is.
# Seen:     at 5, 7.5 and 12 s the first 20 ms are 84 to 90 dB softer, at 10 s 18 dB; then the song is in its place. Decoding begins at the
#           packet of that time, and those before it, whose bits it needs (the reservoir), aren't read; what can't be decoded is silence.
#           Opus and FLAC are right, so that a test with them shows nothing. The length is right in all.
# Why it hurts: passages are cut on beats: the loop, the piece under a film, the excerpt that a model hears. What comes out sets in late and
#           without its first hit, and a fade or a length doesn't show it. Who decodes some tenths of a second before it has all of it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1 numpy

OPENBLAS_NUM_THREADS=1 "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import subprocess
import sys
import wave

import imageio_ffmpeg
import numpy as np

folder, RATE, PLACES = sys.argv[1], 44100, (5.0, 7.5, 10.0, 12.0)
song = 0.02 * np.sin(2 * np.pi * 220 * np.arange(20 * RATE) / RATE)
fade = np.exp(-np.arange(RATE // 10) / (0.012 * RATE))
hit = 0.25 * np.random.default_rng(3).standard_normal(len(fade)) * fade
for number in range(40):
    song[number * RATE // 2 :][: len(hit)] += hit
with wave.open(f"{folder}/song.wav", "wb") as file:
    file.setparams((1, 2, RATE, 0, "NONE", ""))
    file.writeframes((song * 32767).clip(-32768, 32767).astype("<i2").tobytes())


def ffmpeg(*options):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", "-threads", "1", *options]
    return subprocess.run(command, check=True, capture_output=True).stdout


def samples(*options):
    return np.frombuffer(ffmpeg(*options, "-f", "f32le", "-"), np.float32)


def softer(passage, whole):
    """By how many dB the first 20 ms differ from the same place of the whole."""
    energy = [np.sum(part[: RATE // 50].astype(float) ** 2) for part in (passage, whole)]
    return round(float(10 * np.log10(max(energy[0] / energy[1], 1e-9))), 1)


seen = {}
for suffix, codec in {"mp3": "libmp3lame", "opus": "libopus", "flac": "flac"}.items():
    path = f"{folder}/song.{suffix}"
    ffmpeg("-i", f"{folder}/song.wav", "-c:a", codec, "-b:a", "128k", path)
    whole, rate = samples("-i", path), 48000 if codec == "libopus" else RATE
    for place in PLACES:
        before, behind = samples("-ss", str(place), "-i", path), samples("-i", path, "-ss", str(place))
        there = whole[round(place * rate) :]
        late = 1000 * int(np.argmax(np.abs(before) > 1e-4)) / rate
        seen[suffix, place] = softer(before, there), softer(behind, there), late
        assert abs(len(before) - len(there)) <= 1
        print(suffix, place, "dB with -ss before -i and behind it:", *seen[suffix, place][:2], "ms of silence:", round(late, 1))
assert all(abs(behind) < 0.1 for _, behind, _ in seen.values())
assert all(abs(seen[suffix, place][0]) < 0.1 for suffix in ("opus", "flac") for place in PLACES)
assert all(seen["mp3", place][0] < (-10 if place == 10.0 else -60) for place in PLACES), "it changed"
assert seen["mp3", 7.5][2] > 40, "it changed"
PYTHON

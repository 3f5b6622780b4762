#!/usr/bin/env bash
# FFmpeg: a WAV file of a 1 kHz line-up tone is taken for a television stream at some levels, and can't be opened.
#
# Versions: FFmpeg 9.0.2 of 2026 as it comes with imageio-ffmpeg 0.8.1 on PyPI; the FFmpeg in PyAV 18.1.0 (8.1.2) and the module
#           wave of Python read each of the files.
# Source:   ten seconds of 1 kHz at 48 kHz and 16 bits, mono or two channels, at 0 to -12 dB below full scale; no option but -i.
# Expected: the header says RIFF and WAVE, the name ends in .wav: a WAV file of ten seconds.
# Seen:     at -2, -3 and -5 dB "could not find codec parameters" of mpegts, in mono and stereo; the other levels open, and
#           so do all of them with -f wav, at 997 Hz or at 44.1 kHz. A period of such a tone fills 96 or 192 bytes, a
#           disc's transport packet has 192: where a sample holds the byte 0x47, the mark of a packet recurs for as long as
#           is looked at, and that outweighs the header.
# Why it hurts: line-up tones, beeps and leaders stand in front of mixes and in every library of effects; 1 kHz at 48 kHz is
#           the standard's own. One file of a delivery is refused as damaged, a tenth of a dB beside it all is well.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1 av==18.1.0 numpy

"$folder/venv/bin/python" - "$folder/tone.wav" <<'PYTHON'
import re
import subprocess
import sys
import wave

import av
import imageio_ffmpeg
import numpy as np


def write(decibels, channels=1, frequency=1000, rate=48000):
    tone = np.sin(2 * np.pi * frequency * np.arange(10 * rate) / rate)
    samples = np.rint(32767 * 10 ** (decibels / 20) * tone).astype("<i2")
    with wave.open(sys.argv[1], "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(samples, channels).tobytes())
    with wave.open(sys.argv[1], "rb") as file:
        assert file.getnframes() == 10 * rate


def taken_for(*options):
    """The format that FFmpeg's messages name, and whether the file could be opened."""
    words = ["-nostdin", "-hide_banner", *options, "-t", "1", "-i", sys.argv[1], "-f", "null", "-"]
    done = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], stderr=subprocess.PIPE, text=True)
    named = re.search(r"Input #0, (\w+)|in#0/(\w+)", done.stderr)
    return named[1] or named[2], done.returncode == 0


REFUSED = (-2, -3, -5)
for channels in (1, 2):
    refused = []
    for decibels in range(0, -13, -1):
        write(decibels, channels)
        seen = taken_for()
        assert seen in (("wav", True), ("mpegts", False)), seen
        assert taken_for("-f", "wav") == ("wav", True)
        with av.open(sys.argv[1]) as container:
            assert container.format.name == "wav"
        refused += [] if seen[1] else [decibels]
    print(channels, "channels, refused at dB:", *refused)
    assert tuple(refused) == REFUSED, "it changed"
for decibels in REFUSED:
    for beside in ({"frequency": 997}, {"rate": 44100}):
        write(decibels, **beside)
        assert taken_for() == ("wav", True)
PYTHON

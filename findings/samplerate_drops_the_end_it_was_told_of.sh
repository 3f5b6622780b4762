#!/usr/bin/env bash
# samplerate: a sound that is resampled in pieces loses its last 3 to 18 ms, though the last piece is said to be the last.
#
# Versions: samplerate 0.2.4 (of March 2026), and soxr 1.1.0 beside it, as published on PyPI.
# Source:   Resampler("sinc_best").process(piece, ratio, end_of_input) on 4 s in pieces of 1024 samples, the last with
#           end_of_input=True; then three times nothing with end_of_input=True. A burst of 20 ms ends each sound.
# Expected: 4 s, as from one call with all of it, from samplerate.resample and from soxr's ResampleStream(last=True): at the end the filter's
#           half window is still inside, which the flag is there for.
# Seen:     short by 3.2 ms from 48 to 44.1 kHz, 8.9 from 48 to 16, 9.0 from 16 to 48 and 18.0 from 8 to 48; of the burst as much is missing.
#           The room for a piece's output is counted by its own length, the rest stays in libsamplerate, and what asks for it has no length.
#           What does come out is right to the sample.
# Why it hurts: a loop of two seconds that is streamed this way is short each time it comes round: in ten minutes it is a second ahead of the
#           film. Stems and scenes resampled one by one no longer meet, and a clip for speech loses the end of its last word.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check samplerate==0.2.4 soxr==1.1.0 numpy

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import samplerate
import soxr

PIECE, SECONDS = 1024, 4


def missing(count, rate):
    return round(1000 * (SECONDS - count / rate), 1)


seen, whole = {}, {}
for source, target in ((48000, 44100), (48000, 16000), (16000, 48000), (8000, 48000)):
    sound = np.zeros(SECONDS * source, np.float32)
    burst = source // 50
    sound[-burst:] = 0.5 * np.sin(2 * np.pi * 500 * np.arange(burst) / source)
    pieces = [sound[place : place + PIECE] for place in range(0, len(sound), PIECE)]
    resampler, stream = samplerate.Resampler("sinc_best"), soxr.ResampleStream(source, target, 1, dtype="float32")
    ratio, got, others = target / source, [], []
    for number, piece in enumerate(pieces, 1):
        got.append(resampler.process(piece, ratio, end_of_input=number == len(pieces)))
        others.append(stream.resample_chunk(piece, last=number == len(pieces)))
    rest = [resampler.process(sound[:0], ratio, end_of_input=True) for _ in range(3)]
    result, at_once = np.concatenate(got + rest), samplerate.resample(sound, ratio, "sinc_best")
    assert sum(map(len, rest)) == 0 and np.array_equal(result, at_once[: len(result)])
    seen[source, target] = missing(len(result), target)
    whole[source, target] = missing(len(at_once), target), missing(sum(map(len, others)), target)
print("missing ms:", seen, "at once, soxr:", whole)
assert all(abs(value) < 0.1 for pair in whole.values() for value in pair)
assert list(seen.values()) == [3.2, 8.9, 9.0, 18.0], "it changed"
PYTHON

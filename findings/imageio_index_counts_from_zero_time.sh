#!/usr/bin/env bash
# imageio: in a film whose picture starts late, picture 20 by index is picture 5 of the film, and the first 15 are all 0.
#
# Versions: imageio 2.38.1 (plugin pyav) with av 18.1.0, as published on PyPI.
# Source:   iio.imread(film, index=k, plugin="pyav") and iio.imiter(film, plugin="pyav") on a Matroska and an MP4 of 120
#           pictures at 30 a second, of which the first has the time .5 s. Each picture bears its number in its grey.
# Expected: index k is the k-th picture that imiter gives, as it is in an MP4 film that starts at 0.
# Seen:     pictures 0, 0, 0, 5, 25, 60, 85 for the indexes 0, 5, 15, 20, 40, 75, 100: the index becomes a time by the
#           rate, without the stream's start, so that each is early by the half second. The last 15 cannot be reached.
#           In Matroska some indexes are one off even from 0, since its times are rounded to ms.
# Why it hurts: capture cards, phones and trimmed exports start the sound first. Frames to be labelled, thumbnails of
#           cuts and pictures for a model come from another place than the list of pictures says.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio==2.38.1 av==18.1.0 numpy

"$folder/venv/bin/python" - "$folder" 2>/dev/null <<'PYTHON'
import sys
from fractions import Fraction

import av
import imageio.v3 as iio
import numpy as np

INDEXES = (0, 5, 15, 20, 40, 75, 100)


def write(path, first):
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 256, 64, "yuv420p"
        stream.options = {"qp": "4"}
        for number in range(120):
            # Seven bits of the number, black or white.
            bits = np.array([255 * (number >> k & 1) for k in range(7)] + [0], np.uint8)
            picture = np.repeat(np.repeat(bits[None], 64, 0), 32, 1)
            frame = av.VideoFrame.from_ndarray(np.stack([picture] * 3, -1), format="rgb24")
            frame.pts, frame.time_base = number + first, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def number_of(picture):
    return sum(1 << k for k in range(7) if picture[32, 32 * k + 16, 0] > 128)


for suffix in ("mkv", "mp4"):
    for first in (0, 15):
        path = f"{sys.argv[1]}/film.{suffix}"
        write(path, first)
        in_order = [number_of(picture) for picture in iio.imiter(path, plugin="pyav")]
        by_index = [number_of(iio.imread(path, index=index, plugin="pyav")) for index in INDEXES]
        print(suffix, "first picture at", first / 30, "s:", by_index)
        assert in_order == list(range(120))
        right = [max(0, index - first) for index in INDEXES]
        assert all(abs(a - b) <= (suffix == "mkv") for a, b in zip(by_index, right, strict=True)), "it changed"
PYTHON

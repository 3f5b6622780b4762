#!/usr/bin/env bash
# color-fx: any LUT (.cube) exchanges red and blue; with one that changes nothing a red dress is blue.
#
# Versions: color-fx 0.1.2 (of July 2026), and FFmpeg 9.0.2 (imageio-ffmpeg 0.8.1) beside it, as published on PyPI.
# Source:   3D LUTs of 17 steps as the .cube format has them (Adobe, 1.0: red changes fastest): one that changes nothing, one that halves
#           red, one that warms; load_lut and apply_lut_to_frame on nine colours, both kinds of interpolation, and FFmpeg's lut3d.
#           And a .3dl (Autodesk, blue fastest) that changes nothing, by convert_lut to .cube, then by FFmpeg.
# Expected: the colours as they were with the first, and what FFmpeg makes of them with the others, within a step of 255.
# Seen:     red comes out blue and blue red with each LUT, greys and greens are right: the table is read with blue as the fastest one, as its
#           comment says that the format has it. A .3dl is read rightly, but the .cube made of it exchanges red and blue for everyone else.
#           What it writes itself ("bake") it reads again as it was, so that a round trip shows nothing.
# Why it hurts: a look that was bought or made in a grading program turns skin to blue, or with a mild look shifts all colours a little the
#           wrong way, which passes for the look; and the file that it converts does so in every other program.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check color-fx==0.1.2 imageio-ffmpeg==0.8.1

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import itertools
import subprocess

import imageio_ffmpeg
import numpy as np
from color_fx.lut.apply import apply_lut_to_frame
from color_fx.lut.convert import convert_lut
from color_fx.lut.reader import load_lut

STEPS = 17
COLOURS = np.array(
    [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (128, 128, 128), (224, 172, 144), (32, 64, 160)],
    dtype=np.uint8,
)[None]
LOOKS = {
    "same": lambda red, green, blue: (red, green, blue),
    "half red": lambda red, green, blue: (red / 2, green, blue),
    "warm": lambda red, green, blue: (min(1.0, 1.1 * red), green, 0.9 * blue),
}


def by_ffmpeg(name):
    height, width, _ = COLOURS.shape
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "-"]
    call = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *raw, "-vf", f"lut3d={name}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(call, input=COLOURS.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(COLOURS.shape).astype(int)


def by_color_fx(name, kind):
    graded = apply_lut_to_frame(COLOURS.astype(np.float32) / 255, load_lut(name), interpolation=kind)
    return np.rint(255 * graded).astype(int)


axis = np.linspace(0, 1, STEPS)
for look, change in LOOKS.items():
    with open("look.cube", "w") as file:
        file.write(f"LUT_3D_SIZE {STEPS}\n")
        for blue, green, red in itertools.product(axis, axis, axis):
            file.write("{:.6f} {:.6f} {:.6f}\n".format(*change(red, green, blue)))
    right = by_ffmpeg("look.cube")
    want = np.rint([[[255 * value for value in change(*(colour / 255))] for colour in COLOURS[0]]]).astype(int)
    assert np.abs(right - want).max() <= 1
    for kind in ("tetrahedral", "trilinear"):
        told = by_color_fx("look.cube", kind)
        turned = np.rint([[[255 * value for value in change(*(colour[::-1] / 255))] for colour in COLOURS[0]]]).astype(int)
        assert np.abs(told - turned).max() <= 1 and np.abs(told - right).max() > 100, "it changed"
    print(f"{look}: red {told[0, 0]} (FFmpeg {right[0, 0]}), skin {told[0, 7]} (FFmpeg {right[0, 7]}), grey {told[0, 6]}")

with open("same.3dl", "w") as file:
    file.write(" ".join(str(round(1023 * value)) for value in axis) + "\n")
    for red, green, blue in itertools.product(axis, axis, axis):
        file.write("{} {} {}\n".format(*(round(1023 * value) for value in (red, green, blue))))
assert np.abs(by_color_fx("same.3dl", "tetrahedral") - COLOURS).max() <= 1
convert_lut("same.3dl", "same.cube")
assert np.abs(by_color_fx("same.cube", "tetrahedral") - COLOURS).max() <= 1
told = by_ffmpeg("same.cube")
print("3dl made a cube, by FFmpeg: red", told[0, 0])
assert np.abs(told - COLOURS[..., ::-1].astype(int)).max() <= 1, "it changed"
PYTHON

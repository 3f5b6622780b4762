#!/usr/bin/env bash
# ttconv and pycaption: captions (TTML) under one common offset lose their last ones, or come early by the whole offset.
#
# Versions: ttconv 1.2.3 and pycaption 2.3.14, with pysubs2 1.8.1 beside them, on PyPI; imsc 1.1.5 on npm, which players show captions by.
# Source:   captions at 10, 50 and 80 s in a body, or a div, that has begin="60s" and no end; their times as SubRip by ttconv, by pycaption
#           and by pysubs2, and the times at which imsc changes the picture.
# Expected: captions at 70, 110 and 140 s: times count from the begin of what they lie in, and what has no end lasts as long as what
#           is in it (TTML2, section 12). imsc and pysubs2 have it so.
# Seen:     ttconv has the one at 70 s and drops the others: the end that it gives to the body or div is the last of its captions' (82 s)
#           without its own begin, and all behind it is left out. pycaption has all three, a minute early. Neither says anything.
# Why it hurts: an offset in the body is how captions follow a programme that begins at some hour, or a part of a film; what is said in the
#           film, and where nobody speaks and music may be louder, is then taken from the wrong minute, or from a part.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check ttconv==1.2.3 pycaption==2.3.14 pysubs2==1.8.1
npm install --silent --no-audit --no-fund --prefix "$folder" imsc@1.1.5
cat >"$folder/times.cjs" <<'JAVASCRIPT'
const imsc = require(process.argv[2] + "/node_modules/imsc/src/main/js/doc");
const text = require("fs").readFileSync(process.argv[3], "utf-8");
console.log(imsc.fromXML(text).getMediaTimeEvents().join(" "));
JAVASCRIPT

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ElementTree

import pycaption
import pysubs2
from ttconv.imsc.reader import to_model
from ttconv.srt.writer import from_model

warnings.simplefilter("ignore")
folder = sys.argv[1]
FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<tt xml:lang="en" xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:timeBase="media">
<head><layout><region xml:id="low"/></layout></head>%s</tt>"""
CAPTIONS = '<p begin="10s" end="12s">One</p><p begin="50s" end="52s">Two</p><p begin="80s" end="82s">Three</p>'
SHIFTED = {
    "body": FRAME % f'<body region="low" begin="60s"><div>{CAPTIONS}</div></body>',
    "div": FRAME % f'<body region="low"><div begin="60s">{CAPTIONS}</div></body>',
}


def by_ttconv(text):
    return pysubs2.SSAFile.from_string(from_model(to_model(ElementTree.ElementTree(ElementTree.fromstring(text)))) or "", "srt")


def by_pycaption(text):
    return pysubs2.SSAFile.from_string(pycaption.SRTWriter().write(pycaption.DFXPReader().read(text)), "srt")


def begins(captions):
    return [caption.start / 1000 for caption in captions]


def by_imsc(text):
    with open(f"{folder}/captions.ttml", "w") as file:
        file.write(text)
    command = ["node", f"{folder}/times.cjs", folder, f"{folder}/captions.ttml"]
    return [float(time) for time in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


for name, text in SHIFTED.items():
    others = pysubs2.SSAFile.from_string(text, "ttml"), by_ttconv(text), by_pycaption(text)
    captions = [by_imsc(text)[-6::2]] + [begins(found) for found in others]
    print(name, "by imsc, pysubs2, ttconv, pycaption:", *captions)
    assert captions[:2] == [[70.0, 110.0, 140.0]] * 2
    assert captions[2:] == [[70.0], [10.0, 50.0, 80.0]], "it changed"
PYTHON

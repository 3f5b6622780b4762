#!/usr/bin/env bash
# pycaption: of captions (TTML, DFXP) in several divisions only those of the last one are read, and all before it are lost.
#
# Versions: pycaption 2.3.14 (of October 2026); ttconv 1.2.3 and pysubs2 1.8.1 beside it, all on PyPI.
# Source:   four captions at 1, 3, 5 and 7 s, in one div, in two of two captions, and each in a div of its own; all in English.
# Expected: four captions by each of the three: a body holds any number of divs (TTML2, 8.1.4), which stand for regions, speakers, chapters
#           or single captions.
# Seen:     ttconv and pysubs2 have four. pycaption has 4, then the last 2, then the last 1: dfxp/reader.py keeps captions by
#           language (caption_dict[lang] = ...) and sets the entry anew for each div. Languages that differ are kept.
# Why it hurts: a film's captions become its last chapter or its last line, in valid SubRip or WebVTT and without a message; what is searched
#           by what is said, or ducked under speech, lacks the film. A sample from a simple writer has one div, and is right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pycaption==2.3.14 ttconv==1.2.3 pysubs2==1.8.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import xml.etree.ElementTree as ElementTree

import pycaption
import pysubs2
import ttconv.imsc.reader
import ttconv.srt.writer

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body>{}</body></tt>'
PLACES = [f'<p begin="{begin}s" end="{begin + 1}s">line {begin}</p>' for begin in (1, 3, 5, 7)]


def by_pycaption(text):
    captions = pycaption.DFXPReader().read(text)
    return [caption.start / 1e6 for language in captions.get_languages() for caption in captions.get_captions(language)]


def by_ttconv(text):
    document = ttconv.imsc.reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(text)))
    return [event.start / 1000 for event in pysubs2.SSAFile.from_string(ttconv.srt.writer.from_model(document), format_="srt")]


def by_pysubs2(text):
    return [event.start / 1000 for event in pysubs2.SSAFile.from_string(text, format_="ttml")]


seen = {}
for size in (4, 2, 1):
    groups = (PLACES[at : at + size] for at in range(0, 4, size))
    text = HEAD.format("".join(f"<div>{''.join(group)}</div>" for group in groups))
    assert by_ttconv(text) == by_pysubs2(text) == [1, 3, 5, 7]
    seen[size] = by_pycaption(text)
    print(f"divs of {size}: pycaption {seen[size]}")
assert seen == {4: [1, 3, 5, 7], 2: [5, 7], 1: [7]}, "it changed"
PYTHON

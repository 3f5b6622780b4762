#!/usr/bin/env bash
# rbox (PyPI): a Rekordbox XML that is read and written again has no colours of hot cues any more; all else is as it was.
#
# Versions: rbox 0.2.0 on PyPI (its latest, of October 2026).
# Source:   a Rekordbox XML of one track with two hot cues, a memory cue and a loop; the hot cues have Red, Green and Blue, as Rekordbox writes
#           them. RekordboxXml, the genre of the track changed, to_string; the attributes of each POSITION_MARK before and after.
# Expected: the genre changed and nothing else: it "can read and write Rekordbox XML databases", and "gives you full control over your Rekordbox
#           data".
# Seen:     Red, Green and Blue are gone from both hot cues, in what is written and in the marks of the object (name, type, start, end, num).
#           Name, place and number of each mark, tempos, and even the colour of the track are kept.
# Why it hurts: DJs tell intro, drop and way out by the colours of their pads, which they have set by hand for thousands of tracks. After an
#           import of that file they are all of one colour, and nothing that lists or counts cues has changed.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rbox==0.2.0

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib
import xml.etree.ElementTree as ElementTree

import rbox

TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<DJ_PLAYLISTS Version="1.0.0">
  <PRODUCT Name="rekordbox" Version="7.2.14" Company="AlphaTheta"/>
  <COLLECTION Entries="1">
    <TRACK TrackID="1" Name="song" Artist="Ada" Kind="WAV File" TotalTime="183" AverageBpm="128.00" Genre="House" Colour="0xFF007F"
           Location="file://localhost/Users/ada/song.wav">
      <TEMPO Inizio="0.046" Bpm="128.00" Metro="4/4" Battito="1"/>
      <POSITION_MARK Name="intro" Type="0" Start="0.046" Num="0" Red="40" Green="226" Blue="20"/>
      <POSITION_MARK Name="drop" Type="0" Start="30.046" Num="1" Red="230" Green="40" Blue="40"/>
      <POSITION_MARK Name="break" Type="0" Start="60.046" Num="-1"/>
      <POSITION_MARK Name="loop" Type="4" Start="90.046" End="97.546" Num="-1"/>
    </TRACK>
  </COLLECTION>
  <PLAYLISTS><NODE Type="0" Name="ROOT" Count="0"/></PLAYLISTS>
</DJ_PLAYLISTS>
"""
COLOURS = {"Red", "Green", "Blue"}


def marks(text):
    return [element.attrib for element in ElementTree.fromstring(text.encode()).iter("POSITION_MARK")]


pathlib.Path("collection.xml").write_text(TEXT)
collection = rbox.RekordboxXml("collection.xml")
track = collection.get_tracks()[0]
track.genre = "Techno"
collection.update_track(track)
written = collection.to_string()
for before, after in zip(marks(TEXT), marks(written), strict=True):
    print(before, after)
    assert {name: value for name, value in before.items() if name not in COLOURS} == after, "it changed"
assert 'Genre="Techno"' in written and 'Colour="0xFF007F"' in written
assert sum(COLOURS <= set(mark) for mark in marks(TEXT)) == 2
assert not any(hasattr(mark, name) for mark in track.position_marks for name in ("red", "green", "blue")), "it changed"
PYTHON

#!/usr/bin/env bash
# pyrekordbox: the place of a track in a Rekordbox XML of macOS or Linux comes back without its first slash.
#
# Versions: pyrekordbox 0.5.0, as published on PyPI.
# Source:   RekordboxXml on a collection whose Location is file://localhost/Users/ada/song.wav, the form that Rekordbox
#           writes on macOS: a URL whose path is /Users/ada/song.wav.
# Expected: /Users/ada/song.wav
# Seen:     Users/ada/song.wav: the slash that begins the path is taken for the end of "file://localhost/". Of
#           file://localhost/D:/song.wav, as it is written on Windows, D:/song.wav is right.
# Why it hurts: a script that moves or checks a library looks for each track below the folder that it was started in,
#           and reports all of them as lost.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyrekordbox==0.5.0

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

from pyrekordbox.rbxml import RekordboxXml

TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<DJ_PLAYLISTS Version="1.0.0">
  <PRODUCT Name="rekordbox" Version="6.7.7" Company="AlphaTheta"/>
  <COLLECTION Entries="2">
    <TRACK TrackID="1" Name="mac" Location="file://localhost/Users/ada/song.wav"/>
    <TRACK TrackID="2" Name="windows" Location="file://localhost/D:/song.wav"/>
  </COLLECTION>
  <PLAYLISTS><NODE Type="0" Name="ROOT" Count="0"/></PLAYLISTS>
</DJ_PLAYLISTS>
"""
path = Path(sys.argv[1]) / "collection.xml"
path.write_text(TEXT, encoding="utf-8")
tracks = RekordboxXml(str(path)).get_tracks()
seen = {track["Name"]: track["Location"] for track in tracks}
print(seen)
assert seen["mac"].replace("\\", "/") == "Users/ada/song.wav", "it changed"
assert seen["windows"].replace("\\", "/") == "D:/song.wav", "it changed"
PYTHON

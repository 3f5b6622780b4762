#!/usr/bin/env bash
# xspf-lib: a playlist that is read and saved again loses songs with # or % in their names, "Prelude in C# minor" being the usual one.
#
# Versions: xspf-lib 0.3.4 on PyPI (its latest).
# Source:   an XSPF playlist of three files, "Prelude in C# minor.flac", "100%25.flac" and "Air on G.flac", whose locations pathlib writes as
#           URIs; read by Playlist.parse and saved by its write, twice.
# Expected: the same locations, or at least such that lead to the same files: a location is a URI (XSPF 1), in which %23 is part of a name and
#           # ends the path, so that escapes may be undone only by who has taken the URI apart.
# Seen:     "file:///music/Prelude in C# minor.flac", which leads to "Prelude in C": parse undoes all escapes (urlparse.unquote), and quote()
#           in utils.py, by which write would put them back, returns what it was given. "100%25.flac" has become "100%.flac", the name of
#           another file. Only the third leads to its song, though it has spaces now.
# Why it hurts: keys with a sharp stand in the names of much classical and library music. A program that adds one song to a playlist breaks
#           others in it, for each player, and looks for the cut names itself; without such a song all is right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check xspf-lib==0.3.4

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import pathlib
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

import xspf_lib

folder = pathlib.Path(sys.argv[1])
SPACE = "http://xspf.org/ns/0/"
NAMES = ["Prelude in C# minor.flac", "100%25.flac", "Air on G.flac"]


def files(path):
    """The names of the files that the locations of a playlist lead to."""
    locations = [element.text for element in ElementTree.parse(path).iter(f"{{{SPACE}}}location")]
    print(path.name, locations)
    return [pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(location).path)).name for location in locations]


playlist = ElementTree.Element("playlist", version="1", xmlns=SPACE)
tracks = ElementTree.SubElement(playlist, "trackList")
for name in NAMES:
    track = ElementTree.SubElement(tracks, "track")
    ElementTree.SubElement(track, "location").text = (pathlib.Path("/music") / name).as_uri()
ElementTree.ElementTree(playlist).write(folder / "first.xspf", encoding="utf-8", xml_declaration=True)
xspf_lib.Playlist.parse(str(folder / "first.xspf")).write(str(folder / "second.xspf"))
xspf_lib.Playlist.parse(str(folder / "second.xspf")).write(str(folder / "third.xspf"))
first, second, third = (files(folder / f"{name}.xspf") for name in ("first", "second", "third"))
print(first, second, third)
assert first == NAMES
assert second == third == ["Prelude in C", "100%.flac", "Air on G.flac"], "it changed"
PYTHON

#!/usr/bin/env bash
# miditoolkit: writing some bars of a song to a file moves these bars to the beginning of the song in memory, under the first ones.
#
# Versions: miditoolkit 1.0.1 (its latest), as published on PyPI; mido 1.3.3 reads the files.
# Source:   a song of eight notes, one a bar at 120 (each 2 s), read by MidiFile; dump(path, segment=(a, b)) of two bars at a time, a bar apart
#           as windows for training are taken, all from the one object; then dump of the whole. The same with a new object each time.
# Expected: two notes at 0 and 2 s in each window, and eight notes at 0, 2, .. 14 s in the whole: writing a file changes no song.
# Seen:     with a new object so. With one object the windows from the third on have one note, at 2 s: the other was moved away by the
#           window before. In the whole two notes lie at 0 and six at 2 s, and nothing is behind them.
# Why it hurts: sets for models of music, and previews of bars 9 to 16, are cut this way from an object that was read once. Half of the
#           material is lost in windows, or bars lie on top of each other, and what is saved at the end is another song.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check miditoolkit==1.0.1 mido==1.3.3 numpy

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import mido
from miditoolkit import MidiFile

folder, BAR, BARS = sys.argv[1], 4 * 480, 8
song = mido.MidiFile(ticks_per_beat=480)
track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500000), mido.MetaMessage("time_signature", numerator=4, denominator=4)])
for bar in range(BARS):
    track.append(mido.Message("note_on", note=60 + bar, velocity=80, time=BAR - 480 if bar else 0))
    track.append(mido.Message("note_off", note=60 + bar, velocity=0, time=480))
song.tracks.append(track)
song.save(f"{folder}/song.mid")


def written(read, **options):
    read.dump(f"{folder}/part.mid", **options)
    now, found = 0.0, []
    for message in mido.MidiFile(f"{folder}/part.mid"):
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append((message.note - 60, round(now, 3)))
    return sorted(found)


windows = [(bar * BAR, (bar + 2) * BAR) for bar in range(BARS - 1)]
anew = [written(MidiFile(f"{folder}/song.mid"), segment=window) for window in windows]
read = MidiFile(f"{folder}/song.mid")
before, seen, after = written(read), [written(read, segment=window) for window in windows], written(read)
print("bar and time in each window, a new object each:", *anew, "one object:", *seen, "the whole, before and after:", before, after, sep="\n")
assert before == [(bar, 2.0 * bar) for bar in range(BARS)]
assert anew == [[(bar, 0.0), (bar + 1, 2.0)] for bar in range(BARS - 1)]
assert seen[:2] == anew[:2] and seen[2:] == [[(bar + 1, 2.0)] for bar in range(2, BARS - 1)], "it changed"
assert after == [(bar, 0.0 if bar < 2 else 2.0) for bar in range(BARS)], "it changed"
PYTHON

#!/usr/bin/env bash
# amads: a song that is written as MusicXML has no tempo any more: at 60 and 90 a minute it comes back at 100, and elsewhere at 120.
#
# Versions: amads 1.4.0 (of August 2026); music21 10.5.1 beside it, all on PyPI; mido 1.3.3 writes the song.
# Source:   eight quarters in MIDI, four at 60 and four at 90, by read_score, then write_score as MIDI and as MusicXML (with its default writers),
#           both read again by read_score, the second one by music21 too; and the same song as MusicXML by music21.
# Expected: notes at 0, 1, 2, 3, 4, 4.667, 5.333 and 6 s each time.
# Seen:     so it is in memory, by way of MIDI, and in the MusicXML of music21. The MusicXML of amads has no sound and no metronome element at
#           all: read again by amads a quarter takes .6 s throughout, by music21 .5 s. Nothing warns of it.
# Why it hurts: a corpus that is brought into one format by it loses its tempos, each song gets the same one, and measures in seconds (notes a
#           second, lengths, swing) are off by a factor of two from reader to reader.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    amads==1.4.0 music21==10.5.1 mido==1.3.3

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import contextlib
import io
import pathlib
import warnings

import mido
import music21
from amads.io.readscore import read_score
from amads.io.writescore import write_score

TICKS = 480
RIGHT = [0, 1, 2, 3, 4, 4 + 2 / 3, 4 + 4 / 3, 6]
song = mido.MidiFile(ticks_per_beat=TICKS)
tempos, notes = mido.MidiTrack(), mido.MidiTrack()
song.tracks.extend([tempos, notes])
tempos.append(mido.MetaMessage("time_signature", numerator=4, denominator=4, time=0))
tempos.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(60), time=0))
tempos.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(90), time=4 * TICKS))
for step in range(8):
    notes.append(mido.Message("note_on", note=60 + step, velocity=90, time=0))
    notes.append(mido.Message("note_off", note=60 + step, velocity=0, time=TICKS))
song.save("song.mid")


def by_amads(name):
    score = read_score(name)
    score.convert_to_seconds()
    return [note.onset for note in score.get_sorted_notes()]


def by_music21(name):
    seconds = music21.converter.parse(name).flatten().secondsMap
    return [each["offsetSeconds"] for each in seconds if isinstance(each["element"], music21.note.Note)]


def near(told, right):
    return len(told) == len(right) and all(abs(one - other) < 0.01 for one, other in zip(told, right))


with contextlib.redirect_stdout(io.StringIO()):
    score = read_score("song.mid")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write_score(score, "own.musicxml")
        write_score(score, "own.mid")
    told = {name: by_amads(name) for name in ("song.mid", "own.mid", "own.musicxml")}
    music21.converter.parse("song.mid").write("musicxml", "other.musicxml")
    told["other.musicxml"] = by_amads("other.musicxml")
told["own.musicxml, music21"] = by_music21("own.musicxml")
for name, onsets in told.items():
    print(name, [round(onset, 2) for onset in onsets])
assert all(near(told[name], RIGHT) for name in ("song.mid", "own.mid", "other.musicxml"))
text = pathlib.Path("own.musicxml").read_text()
assert "<sound" not in text and "<metronome" not in text, "it changed"
assert not [warning for warning in caught if "tempo" in str(warning.message).lower()], "it changed"
assert near(told["own.musicxml"], [0.6 * step for step in range(8)]), "it changed"
assert near(told["own.musicxml, music21"], [0.5 * step for step in range(8)]), "it changed"
PYTHON

#!/usr/bin/env bash
# pypianoroll: a song that goes from 120 to 60 at its middle has both tempos every sixteen steps, from beginning to end.
#
# Versions: pypianoroll 1.0.4 (its latest) with pretty_midi 0.2.11.post0, as published on PyPI; mido 1.3.3 writes the file.
# Source:   pypianoroll.read of sixteen quarters in 4/4, eight at 120 and eight at 60; tempo, which has one number for each step (24 a beat),
#           and tempo changes by pretty_midi. The same with sixteen quarters at 120.
# Expected: 120 in steps 0 to 191 and 60 in 192 to 383, as the page of the class has it, and as pretty_midi has the change at 4 s.
# Seen:     8 steps of 120, 8 of 60, and so on 24 times: the tempos of all beats, one step each, and that again for each step of a beat
#           (tiled, and not repeated). The notes are in their steps. A song of one tempo is right.
# Why it hurts: the array is what gives steps their time, and what a model or a plot learns a song's tempo from. By it the ninth note begins at
#           6 s instead of at 4: all that is amid the song lies beside the sound, and a change of tempo can't be seen as one.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pypianoroll==1.0.4 pretty_midi==0.2.11.post0 mido==1.3.3 "setuptools<81"

OPENBLAS_NUM_THREADS=1 "$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import sys

import mido
import numpy as np
import pretty_midi
import pypianoroll


def read(second):
    path, quarters = f"{sys.argv[1]}/song.mid", 16
    song = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=4, denominator=4)])
    for quarter in range(quarters):
        if quarter in (0, quarters // 2):
            track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(second if quarter else 120)))
        track.append(mido.Message("note_on", note=60, velocity=80, time=0))
        track.append(mido.Message("note_off", note=60, velocity=0, time=480))
    song.tracks.append(track)
    song.save(path)
    return pypianoroll.read(path), pretty_midi.PrettyMIDI(path)


steady, _ = read(120)
assert steady.resolution == 24 and steady.tempo.shape[0] == 384 and np.allclose(steady.tempo, 120)
rolled, midi = read(60)
tempo = rolled.tempo.ravel()
times = np.concatenate([[0], np.cumsum(60 / tempo / rolled.resolution)])
truth = [float(note.start) for note in midi.instruments[0].notes]
seen = [round(float(times[24 * number]), 2) for number in range(16)]
print("tempo by step:", *tempo[:40].round().astype(int), "pretty_midi:", *midi.get_tempo_changes())
print("notes by the tempo array:", *seen, "of the file:", *truth, sep=" ")
changes = [array.round(6).tolist() for array in midi.get_tempo_changes()]
assert changes == [[0.0, 4.0], [120.0, 60.0]] and truth == [0.5 * n if n < 9 else 4.0 + n - 8 for n in range(16)]
assert np.allclose(tempo, np.tile([120.0] * 8 + [60.0] * 8, 24)), "it changed"
PYTHON

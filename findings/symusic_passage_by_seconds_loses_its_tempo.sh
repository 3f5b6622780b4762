#!/usr/bin/env bash
# symusic: a passage that is cut by seconds or quarters has no tempo, time signature and key any more; cut by ticks it has all three.
#
# Versions: symusic 0.6.0 (of April 2026) as published on PyPI; mido 1.3.3 writes the song and reads the passages.
# Source:   a song of 16 quarters at 60, in 3/4 and in D, cut by Score.clip from its 8th quarter to the 12th, as a Score in ticks, in quarters and in
#           seconds, and saved as MIDI.
# Expected: three files alike: four quarters at 60, in 3/4 and D. Where the tempo in force was set before the passage, clip puts it at
#           its begin, in ticks.
# Seen:     in ticks so; in quarters and in seconds the lists of tempos, time signatures and keys are empty, of a clip from 0 too, where they
#           lie inside it. The passage in quarters plays at 120, in 2 s for 4; the one in seconds has two quarters for each.
# Why it hurts: to cut a song at times of a film or at its beats is what these two units are for. The cue runs at double speed, or every
#           note lies in another bar, and the whole song through the same units is right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check symusic==0.6.0 mido==1.3.3

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import mido
import symusic

folder, PER_QUARTER = sys.argv[1], 480


def write(path):
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(60)))
    track.append(mido.MetaMessage("time_signature", numerator=3, denominator=4))
    track.append(mido.MetaMessage("key_signature", key="D"))
    for number in range(16):
        track.append(mido.Message("note_on", note=60 + number, velocity=80))
        track.append(mido.Message("note_off", note=60 + number, time=PER_QUARTER))
    mido.MidiFile(type=0, ticks_per_beat=PER_QUARTER, tracks=[track]).save(path)


def cut(unit, begin, end):
    """What the passage holds, and the length in quarters and in seconds of its first note in its MIDI file."""
    size = PER_QUARTER if unit == "tick" else 1  # at 60, quarters are seconds
    passage = symusic.Score(f"{folder}/song.mid").to(unit).clip(begin * size, end * size)
    passage.dump_midi(f"{folder}/passage.mid")
    ticks, seconds = symusic.Score(f"{folder}/passage.mid"), mido.MidiFile(f"{folder}/passage.mid")
    note = ticks.tracks[0].notes[0]
    sounding = next(message.time for message in seconds if message.type == "note_off" or not getattr(message, "velocity", 1))
    lists = passage.tempos, passage.time_signatures, passage.key_signatures
    return [len(each) for each in lists], round(note.duration / ticks.ticks_per_quarter, 2), round(sounding, 2)


write(f"{folder}/song.mid")
for begin, end in ((8, 12), (0, 4)):
    seen = {unit: cut(unit, begin, end) for unit in ("tick", "quarter", "second")}
    print(begin, end, seen)
    assert seen["tick"] == ([1, 1, 1], 1.0, 1.0)
    assert seen["quarter"] == ([0, 0, 0], 1.0, 0.5) and seen["second"] == ([0, 0, 0], 2.0, 1.0), "it changed"
whole = symusic.Score(f"{folder}/song.mid").to("second")
assert [len(each) for each in (whole.tempos, whole.time_signatures, whole.key_signatures)] == [1, 1, 1]
PYTHON

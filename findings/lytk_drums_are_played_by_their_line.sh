#!/usr/bin/env bash
# lytk: the drums of a MusicXML score are played as timbale, whistle and cuica: their line on the staff is taken for a key of the kit.
#
# Versions: lytk 0.6.4 (of October 2026) as published on PyPI; mido 1.3.3 reads the MIDI files.
# Source:   a part as notation programs export one for drums: score-instruments with midi-channel 10 and midi-unpitched 37, 39 and 43, and four
#           unpitched notes, each naming its instrument and its display-step: kick, snare, hi-hat, snare; to_midi and to_note_array.
# Expected: kick 36, snare 38 and hi-hat 42 of channel 10: midi-unpitched counts from 1 and says which sound an instrument is, and
#           display-step where the note is drawn. lytk's page says that each conversion is checked for the notes' sounding pitches.
# Seen:     65, 72, 79, 72: the F, C and G at which the notes are drawn, in a treble clef. On channel 10 these are high timbale, long whistle and
#           open cuica. The channel is kept, and a drum track that came from MIDI goes to MusicXML and back unharmed, since it is written as
#           pitched notes.
# Why it hurts: every score with a drum set, and all rhythm patterns taken from scores, have another instrument for each hit: no kick and
#           no snare are there to find a beat by. Times and channel are right, so that a piano roll looks like drums.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check lytk==0.6.4 mido==1.3.3 numpy

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import lytk
import mido

folder = sys.argv[1]
KIT = {"kick": ("F", 4, 36), "snare": ("C", 5, 38), "hat": ("G", 5, 42)}
PLAYED = ("kick", "snare", "hat", "snare")


def score():
    instruments = "".join(f'<score-instrument id="{name}"><instrument-name>{name}</instrument-name></score-instrument>' for name in KIT)
    sounds = "".join(
        f'<midi-instrument id="{name}"><midi-channel>10</midi-channel><midi-program>1</midi-program>'
        f"<midi-unpitched>{key + 1}</midi-unpitched></midi-instrument>"
        for name, (_, _, key) in KIT.items()
    )
    notes = "".join(
        f"<note><unpitched><display-step>{KIT[name][0]}</display-step><display-octave>{KIT[name][1]}</display-octave></unpitched>"
        f'<duration>1</duration><instrument id="{name}"/><voice>1</voice><type>quarter</type></note>'
        for name in PLAYED
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><part-list><score-part id="P1">'
        f"<part-name>Drumset</part-name>{instruments}{sounds}</score-part></part-list>"
        '<part id="P1"><measure number="1"><attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>'
        f"<clef><sign>percussion</sign></clef></attributes>{notes}</measure></part></score-partwise>"
    )


def keys(path):
    """Channel (from 1) and key of each hit."""
    return [(each.channel + 1, each.note) for each in mido.MidiFile(path) if each.type == "note_on" and each.velocity]


read = lytk.from_musicxml_string(score())
lytk.to_midi(read, f"{folder}/score.mid")
played, array = keys(f"{folder}/score.mid"), [int(row[2]) for row in lytk.to_note_array(read.to_music_document())]
print("as MIDI:", played, "as an array:", array, "asked for:", [KIT[name][2] for name in PLAYED])

track = mido.MidiTrack()
for name in PLAYED:
    track += [mido.Message("note_on", channel=9, note=KIT[name][2]), mido.Message("note_off", channel=9, note=KIT[name][2], time=480)]
mido.MidiFile(type=0, ticks_per_beat=480, tracks=[track]).save(f"{folder}/drums.mid")
lytk.to_midi(lytk.from_musicxml_string(lytk.to_musicxml(lytk.from_midi(f"{folder}/drums.mid"))), f"{folder}/again.mid")
again = keys(f"{folder}/again.mid")
print("MIDI to MusicXML and back:", again)
assert again == [(10, KIT[name][2]) for name in PLAYED]
assert played == [(10, 65), (10, 72), (10, 79), (10, 72)] and array == [65, 72, 79, 72], "it changed"
PYTHON

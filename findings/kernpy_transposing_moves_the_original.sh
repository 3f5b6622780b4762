#!/usr/bin/env bash
# kernpy: a score that is transposed is moved itself as well, so that the second key is reckoned from the first one, and B flat becomes C sharp.
#
# Versions: kernpy 1.9.3 (of July 2026), as published on PyPI; music21 10.5.1 reads the scores.
# Source:   a tune in F (Humdrum **kern, one flat) by loads, and from this one document to_transposed by "M2", "M3", "P4" and "P5" upwards, as for
#           a singer's keys or for more training data; each result and the document itself as kern again (dumps). And B flat alone.
# Expected: G, A, B flat and C, each from F, with one sharp, three sharps, two flats and none; and the document as it was: "Create a new
#           document with the transposed notes without modifying the original document" is its help. B flat a tone up is C.
# Seen:     G, then B (a third over G), E and B again, and the document itself is at B. The clone shares its nodes with the original, and
#           the new notes are put into them. *k[b-] is one flat in all of them. B flat a tone up is written cc#-, sharp and flat at once:
#           the letter is moved and the old sign left behind it, and music21 reads C sharp.
# Why it hurts: twelve keys made of one score are twelve others, with labels that say otherwise, and the file that is saved last has lost the
#           score. One transposition of white keys, with which one tries it, is right, and up and down again looks as if nothing had happened.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check kernpy==1.9.3 music21==10.5.1

"$folder/venv/bin/python" - <<'PYTHON'
import kernpy
import music21

TUNE = "**kern\n*clefG2\n*k[b-]\n*M3/4\n=1\n4f\n4g\n4a\n=2\n4cc\n4dd\n4ff\n==\n*-\n"
KEYS = {"M2": (2, 1), "M3": (4, 3), "P4": (5, -2), "P5": (7, 0)}


def heard(text):
    score = music21.converter.parse(text, format="humdrum")
    return [note.pitch.midi for note in score.recurse().notes], score.recurse().getElementsByClass("KeySignature")[0].sharps


def moved(text):
    notes, _ = heard(text)
    steps = {note - first for note, first in zip(notes, plain, strict=True)}
    assert len(steps) == 1
    return steps.pop()


plain, flats = heard(TUNE)
assert plain == [65, 67, 69, 72, 74, 77] and flats == -1
for key, (semitones, _) in KEYS.items():
    document, _ = kernpy.loads(TUNE)
    assert moved(kernpy.dumps(document.to_transposed(key, "up"))) == semitones

document, _ = kernpy.loads(TUNE)
assert moved(kernpy.dumps(document)) == 0
told = []
for key, (semitones, sharps) in KEYS.items():
    text = kernpy.dumps(document.to_transposed(key, "up"))
    told.append((moved(text), heard(text)[1]))
    print(f"{key}: {told[-1][0]} semitones (right: {semitones}), {told[-1][1]} sharps (right: {sharps})")
print("the document itself:", moved(kernpy.dumps(document)), "semitones")
assert [steps for steps, _ in told] == [2, 6, 11, 18], "it changed"
assert moved(kernpy.dumps(document)) == 18, "it changed"
assert all(sharps == -1 for _, sharps in told), "it changed"

document, _ = kernpy.loads(TUNE.replace("4f\n4g", "4b-\n4g"))
text = kernpy.dumps(document.to_transposed("M2", "up"))
print("B flat a tone up:", text.split()[5], heard(text)[0][0])
assert "4cc#-" in text.split() and heard(text)[0][0] == 73, "it changed"
PYTHON

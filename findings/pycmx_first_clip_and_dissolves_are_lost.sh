#!/usr/bin/env bash
# pycmx: in a list without remarks the first clip is lost, and so is each clip that a dissolve leads to.
#
# Versions: pycmx 1.5.1 (of September 2026), as published on PyPI.
# Source:   a CMX 3600 list of three events in sound: cuts to SONG1 and SONG2, and a dissolve of 24 frames to SONG3, which such
#           lists write as two lines of one number (the end of the old clip with no length, then the new one). Remarks
#           ("* FROM CLIP NAME: ...") are optional in such lists.
# Expected: four edits: SONG1, SONG2, SONG2 with no length, SONG3 with its dissolve.
# Seen:     two: event 1 has no edit at all, and the last one has only the line with no length, as a cut; nothing is listed in
#           unrecognized_statements. With a remark after each line all four are there. A line that ends an event is taken
#           for an edit only if it is alone: the line FCM counts to the first event, and the two of a dissolve to theirs.
# Why it hurts: conforming and cue sheets rest on this list (it is a library for sound editors). The first song and
#           all that fade in are missing from the cue sheet, and so is what is owed for them.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pycmx==1.5.1

"$folder/venv/bin/python" - <<'PYTHON'
import io

import pycmx

LINES = """\
001  SONG1    A     C        00:00:00:00 00:00:10:00 01:00:00:00 01:00:10:00
002  SONG2    A     C        00:00:00:00 00:00:10:00 01:00:10:00 01:00:20:00
003  SONG2    A     C        00:00:10:00 00:00:10:00 01:00:20:00 01:00:20:00
003  SONG3    A     D    024 00:00:05:00 00:00:15:00 01:00:20:00 01:00:30:00
""".splitlines()


def edits(remark):
    text = "TITLE: FILM\nFCM: NON-DROP FRAME\n" + "".join(f"{line}\n{remark}" for line in LINES)
    found = pycmx.parse_cmx3600(io.StringIO(text))
    assert not list(found.unrecognized_statements), "it changed"
    return [[(edit.source, edit.record_out, edit.transition.kind) for edit in event.edits] for event in found.events]


names = [line.split()[1] for line in LINES]
named, bare = edits("* REEL OF MUSIC\n"), edits("")
print("with remarks:", named)
print("without:", bare)
assert [edit[0] for event in named for edit in event] == names
assert bare == [[], [("SONG2", "01:00:20:00", "C")], [("SONG2", "01:00:20:00", "C")]], "it changed"
PYTHON

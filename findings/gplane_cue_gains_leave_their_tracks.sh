#!/usr/bin/env bash
# @gplane/cue (npm): a cue sheet that is read and written again has the gains of its tracks at its head, where they belong to none.
#
# Versions: @gplane/cue 0.2.0 on npm (its latest); pylibcue 0.5.2 on PyPI (libcue) reads the sheets before and after.
# Source:   a cue sheet of an album with REM REPLAYGAIN_TRACK_GAIN of -9.10, -2.40 and -6.00 dB in its three tracks, as foobar2000 writes them, and
#           REM DATE at the head; parse, another title for the second track, dump; the gain of each track by libcue.
# Expected: the three gains in their tracks, and the new title. A REM stands where what it says belongs, and tracks are all that tells one gain
#           from another; the package is a "library for processing Cue Sheet", with a parser and a dumper.
# Seen:     no gain in any track. parse puts all REM lines into the comments of the sheet, without their tracks, and dump writes them before the
#           first FILE: three gains of one album, one after the other. There is no error in errors.
# Why it hurts: a title is corrected, and the album's songs are played as loud as they were mastered, 6.7 dB apart, or all by the last of the
#           three gains. A sheet without gains, and one that is only read for its times, is all right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pylibcue==0.5.2
npm install --silent --no-audit --no-fund --prefix "$folder" @gplane/cue@0.2.0

cd "$folder"
cat >title.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import fs from "node:fs";
import { dump, parse } from "@gplane/cue";

const { sheet, errors } = parse(fs.readFileSync("before.cue", "utf8"));
assert.deepEqual(errors, []);
sheet.files[0].tracks[1].title = "Second, corrected";
fs.writeFileSync("after.cue", dump(sheet));
JAVASCRIPT

"$folder/venv/bin/python" - <<'PYTHON'
import pathlib
import subprocess

import pylibcue

GAINS = ["-9.10", "-2.40", "-6.00"]
tracks = "".join(
    f'  TRACK {number:02} AUDIO\n    TITLE "Song {number}"\n    REM REPLAYGAIN_TRACK_GAIN {gain} dB\n    INDEX 01 0{4 * number - 4}:00:00\n'
    for number, gain in enumerate(GAINS, 1)
)
pathlib.Path("before.cue").write_text(f'REM DATE 2026\nTITLE "Album"\nFILE "album.flac" WAVE\n{tracks}')
subprocess.run(["node", "title.mjs"], check=True)
seen = {}
for name in ("before", "after"):
    text = pathlib.Path(f"{name}.cue").read_text()
    print(text)
    seen[name] = [(track.cdtext.title, track.start, track.rem.track_gain) for track in pylibcue.parse_str(text)]
    print(seen[name])
assert [gain for *_, gain in seen["before"]] == GAINS
assert seen["after"][1][0] == "Second, corrected" and [each[1] for each in seen["after"]] == [each[1] for each in seen["before"]]
assert [gain for *_, gain in seen["after"]] == [None, None, None], "it changed"
head = pathlib.Path("after.cue").read_text().split("FILE")[0]
assert all(f"REM REPLAYGAIN_TRACK_GAIN {gain} dB" in head for gain in GAINS), "it changed"
PYTHON

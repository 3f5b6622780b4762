#!/usr/bin/env bash
# node-captions: in the TTML that it writes hundredths of a second stand where frames belong, and drop-frame captions come 3.6 s late an hour.
#
# Versions: node-captions 0.4.6 on npm (its latest); ttconv 1.2.3 and pycaption 2.3.14 on PyPI read what it writes, and what it reads.
# Source:   SubRip captions at 1.5, 10.2 and 3600.25 s as TTML (ttml.generate) and as SMPTE-TT (smpte_tt.generate), read by ttconv; and a Scenarist
#           file (SCC) of drop-frame timecode with captions at 00:00:10;00, 00:30:00;00 and 01:00:00;00 by scc.toJSON.
# Expected: the same times again within a frame; 10, 1800 and 3600 s and the third of a second that the captions take to load, as pycaption has it.
# Seen:     TTML with timeBase "smpte" at 24000/1001 without drop frame, and begin="00:00:01:50", frame 50 of 24, which ttconv warns of
#           and takes for the last one of its second; 00:00:10:20 is read as 10.84 s, and the hour as 3604.6 s, since codes of that base
#           run slower than the clock. SMPTE-TT has the same codes. The captions of the drop-frame file are at 10.3, 1802.1 and 3603.9 s:
#           each code is multiplied by 1.001, that of the clock too.
# Why it hurts: each caption that it converts is late by up to .76 s, another one each time, and the whole file drifts by 3.6 s an hour;
#           drop frame is what nearly all American television is captioned in.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" node-captions@0.4.6
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check ttconv==1.2.3 pycaption==2.3.14

cd "$folder"
cat >drop.scc <<'SCC'
Scenarist_SCC V1.0

00:00:10;00	94ae 94ae 9420 9420 9470 9470 cdef f2e5 942f 942f

00:00:12;00	942c 942c

00:30:00;00	94ae 94ae 9420 9420 9470 9470 cdef f2e5 942f 942f

00:30:02;00	942c 942c

01:00:00;00	94ae 94ae 9420 9420 9470 9470 cdef f2e5 942f 942f

01:00:02;00	942c 942c
SCC
cat >captions.cjs <<'JAVASCRIPT'
const { readFileSync, writeFileSync } = require("node:fs");
const { scc, smpte_tt, srt, ttml } = require("node-captions");

writeFileSync("in.srt", [1.5, 10.2, 3600.25].map((at, k) => {
  const code = (seconds) => new Date(1000 * seconds).toISOString().slice(11, 23).replace(".", ",");
  return `${k + 1}\n${code(at)} --> ${code(at + 1)}\nword ${k + 1}\n`;
}).join("\n"));
srt.read("in.srt", {}, (error, data) => {
  if (error) throw error;
  const captions = srt.toJSON(data);
  writeFileSync("out.ttml", ttml.generate(captions));
  writeFileSync("out.xml", smpte_tt.generate(captions));
});
const read = scc.toJSON(readFileSync("drop.scc", "utf8").split("\n"));
writeFileSync("drop.json", JSON.stringify(read.map((each) => each.startTimeMicro / 1e6)));
JAVASCRIPT
node captions.cjs >/dev/null
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib
import re
import xml.etree.ElementTree as et

import ttconv.imsc.reader
import ttconv.isd
import pycaption

RIGHT = [1.5, 10.2, 3600.25]
text = pathlib.Path("out.ttml").read_text()
codes = re.findall(r'begin="([^"]*)"', text)
document = ttconv.imsc.reader.to_model(et.ElementTree(et.fromstring(text)))
times = [float(time) for time in ttconv.isd.ISD.significant_times(document)]
begins = [time for time in times if time > 0][::2]
print(codes, [round(time, 2) for time in begins], "right:", RIGHT)
assert 'timeBase="smpte"' in text and 'frameRate="24"' in text and 'dropMode="nonDrop"' in text
assert codes == ["00:00:01:50", "00:00:10:20", "01:00:00:25"], "it changed"
assert codes == re.findall(r'begin="([^"]*)"', pathlib.Path("out.xml").read_text()), "it changed"
late = [read - right for read, right in zip(begins, RIGHT, strict=True)]
print("late by", [round(each, 2) for each in late])
assert all(abs(each - seen) < 0.05 for each, seen in zip(late, (0.46, 0.64, 4.31), strict=True)), "it changed"

drop = json.loads(pathlib.Path("drop.json").read_text())
captions = pycaption.SCCReader().read(pathlib.Path("drop.scc").read_text()).get_captions("en-US")
right = [caption.start / 1e6 for caption in captions]
print("drop frame:", [round(each, 2) for each in drop], "pycaption:", [round(each, 2) for each in right])
assert all(abs(seen - clock) < 0.5 for seen, clock in zip(right, (10, 1800, 3600), strict=True))
off = [seen - clock for seen, clock in zip(drop, right, strict=True)]
assert off[0] < 0.1 and abs(off[1] - 1.8) < 0.1 and abs(off[2] - 3.6) < 0.1, "it changed"
PYTHON

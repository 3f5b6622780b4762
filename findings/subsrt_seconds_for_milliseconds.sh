#!/usr/bin/env bash
# subsrt and subsrt-ts (npm): a MicroDVD caption of one hour is at 3.6 s, and lyrics of 10.500 s are at 15 s.
#
# Versions: subsrt 1.1.1 and subsrt-ts 2.1.2 on npm, which tell times in ms; the second is the first one in TypeScript.
# Source:   captions at frame 0 and 86400 of 24 a second (parse, format "sub", fps 24); one at 3,600,000 ms written as "sub";
#           lyrics (LRC) at [00:10.50] and [00:10.500]; an ASS file as Aegisub writes it, with "Default,,0,0,0,,Hello".
# Expected: 3,600,000 ms; frame 86400; 10,500 ms for both; Hello.
# Seen:     3,600 ms, since the frame is divided by the rate and the result is called ms; and frame 86,400,000, since ms are
#           multiplied by the rate, so that a file read and written again by it looks right. [00:10.500] becomes
#           15,000 ms: its fraction is taken for hundredths, however many digits it has. The ASS line is "ello" in subsrt-ts.
# Why it hurts: the captions of an hour show within 3.6 seconds, words of a song come up to nine seconds late, and
#           (with subsrt-ts) each line of an ASS file loses its first letter. There is no error at all.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" subsrt@1.1.1 subsrt-ts@2.1.2

cd "$folder"
node - <<'JAVASCRIPT'
const assert = require("node:assert");

const ASS = `[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Hello
`;
for (const name of ["subsrt", "subsrt-ts"]) {
  const library = require(name);
  const { parse, build } = library.default ?? library;
  const captions = (text, options) => parse(text, options).filter((each) => each.type === "caption");
  const read = captions("{0}{48}one\n{86400}{86448}two\n", { format: "sub", fps: 24 }).map((each) => each.start);
  const written = build([{ type: "caption", start: 3600000, end: 3602000, text: "two" }], { format: "sub", fps: 24 }).trim();
  const lyrics = captions("[00:10.50]a\n[00:20.00]b\n", { format: "lrc" })[0].start;
  const longer = captions("[00:10.500]a\n[00:20.00]b\n", { format: "lrc" })[0].start;
  const words = captions(ASS, { format: "ass" })[0].text;
  console.log(name, read, written, lyrics, longer, words);
  assert.deepStrictEqual(read, [0, 86400 / 24], "it changed"); // the seconds; in ms they are 1000 times as many
  assert(written.startsWith("{86400000}"), "it changed");
  assert.deepStrictEqual([lyrics, longer], [10500, 15000], "it changed");
  assert.strictEqual(words, name === "subsrt" ? "Hello" : "ello", "it changed");
}
JAVASCRIPT

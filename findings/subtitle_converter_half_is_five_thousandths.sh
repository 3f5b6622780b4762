#!/usr/bin/env bash
# subtitle-converter: ten and a half seconds of a TTML file become 10.005 s; fractions are taken for milliseconds as they stand.
#
# Versions: subtitle-converter 3.0.12 on npm (its latest); ttml2srt 1.2.4 on npm reads the same file rightly.
# Source:   convert(text, ".srt") of TTML captions that begin and end at 10.5, 12.25, 20.75, 21.9 and 60.4 s, written with as many
#           places as they need, as TTML allows (any number of digits is a fraction of a second).
# Expected: 00:00:10,500, 00:00:12,250 and so on.
# Seen:     10,005, 12,025, 20,075, 21,009 and 60,004: up to .9 s early. The same times written with three digits are right.
#           validate() finds nothing wrong.
# Why it hurts: broadcasters' and streaming services' captions are TTML, and many writers leave off zeros. Captions come up to a
#           second too soon, each by another amount, so that no shift mends it, and some last no longer than a frame.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" subtitle-converter@3.0.12 ttml2srt@1.2.4

cat >"$folder/convert.cjs" <<'JAVASCRIPT'
const assert = require("node:assert");
const { convert } = require("subtitle-converter");
const { ttml2srt } = require("ttml2srt");

const CAPTIONS = [["10.5", "12.25"], ["20.75", "21.9"], ["59", "60.4"]];

/** A clock of TTML for seconds, with a number of places or those that are needed. */
function clock(seconds, places) {
  const [whole, fraction] = seconds.split(".");
  const digits = places === undefined ? (fraction ?? "") : (fraction ?? "").padEnd(places, "0");
  const two = (value) => String(value).padStart(2, "0");
  return `00:${two(Math.floor(whole / 60))}:${two(whole % 60)}${digits && "."}${digits}`;
}

const film = (places) => `<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body><div>${CAPTIONS.map(
  ([begin, end]) => `<p begin="${clock(begin, places)}" end="${clock(end, places)}">Words</p>`,
).join("")}</div></body></tt>`;

const times = (srt) =>
  srt.match(/\d\d:\d\d:\d\d,\d+/g).map((each) => {
    const [hours, minutes, seconds] = each.replace(",", ".").split(":").map(Number);
    return Math.round(1000 * (3600 * hours + 60 * minutes + seconds)) / 1000;
  });

async function main() {
  const wanted = CAPTIONS.flat().map(Number);
  const short = times(convert(film(), ".srt", {}).subtitle);
  const padded = times(convert(film(3), ".srt", {}).subtitle);
  const other = times(await ttml2srt(film()));
  console.log("wanted", wanted.join(" "), "subtitle-converter", short.join(" "), "with three places", padded.join(" "));
  assert.deepStrictEqual(other, wanted);
  assert.deepStrictEqual(padded, wanted);
  assert.deepStrictEqual(short, [10.005, 12.025, 20.075, 21.009, 59, 60.004], "it changed");
}

main();
JAVASCRIPT
node "$folder/convert.cjs"

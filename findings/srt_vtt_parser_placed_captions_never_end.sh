#!/usr/bin/env bash
# @plussub/srt-vtt-parser: a WebVTT caption of the first hour that is placed stays for minutes in place of seconds, or for ever.
#
# Versions: @plussub/srt-vtt-parser 2.0.5 on npm (its latest); subtitle 4.2.2 and @aj-archipelago/subvibe 1.0.12 on npm read the ends rightly.
# Source:   parse of captions from 10 to 12 s and from 59:50 to 59:58, bare, with " line:0" or " align:start" behind the end, each
#           with hours (00:00:12.000) and without (00:12.000), which the W3C's WebVTT (4.1) leaves out as it likes below one hour.
# Expected: an end of 12,000 and 3,598,000 ms for each: settings follow the end in the same line.
# Seen:     with hours all are right. Without them " line:0" ends at 720,000 ms (12 minutes) and 215,880,000 ms (two and a half days), and
#           " align:start" at NaN: the end is cut at its colons, that of the setting too, so
#           that seconds are taken for minutes and minutes for hours. The begin, with nothing behind it, is right.
# Why it hurts: every caption that is moved out of the way of a title or a face stays on the screen over all that follow it; a player that
#           compares the time with NaN never takes it away. There is no error, and files with hours, as most tools write them, are right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @plussub/srt-vtt-parser@2.0.5 subtitle@4.2.2 \
    @aj-archipelago/subvibe@1.0.12

cd "$folder"
cat >ends.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import { parse } from "@plussub/srt-vtt-parser";
import { parseVTT } from "@aj-archipelago/subvibe";
import { parseSync } from "subtitle";

const TIMES = { short: ["00:10.000 --> 00:12.000", "59:50.000 --> 59:58.000"], long: ["00:00:10.000 --> 00:00:12.000", "00:59:50.000 --> 00:59:58.000"] };
const RIGHT = [12000, 3598000];
const ends = (times, settings) => {
  const text = `WEBVTT\n\n${times.map((each) => `${each}${settings}\nword\n`).join("\n")}`;
  assert.deepEqual(parseSync(text).filter((each) => each.type === "cue").map((each) => each.data.end), RIGHT);
  assert.deepEqual(parseVTT(text).cues.map((each) => each.endTime), RIGHT);
  const { entries } = parse(text);
  assert.deepEqual(entries.map((each) => each.from), [10000, 3590000]);
  return entries.map((each) => each.to);
};
const SEEN = { "": RIGHT, " line:0": [720000, 215880000], " align:start": [NaN, NaN] };
for (const [settings, seen] of Object.entries(SEEN)) {
  const [short, long] = [ends(TIMES.short, settings), ends(TIMES.long, settings)];
  console.log(JSON.stringify(settings), short, long);
  assert.deepEqual(long, RIGHT);
  assert.deepEqual(short, seen, "it changed");
}
JAVASCRIPT
node ends.mjs

#!/usr/bin/env bash
# smpte-timecode (npm): a time of day at 23.976 runs ahead, so that 10:00:00:00 as a Date and back is 10:00:05:23.
#
# Versions: smpte-timecode 1.3.6, as published on npm.
# Source:   Timecode(text, rate).toDate() and Timecode(date, rate) for 01, 10 and 23 o'clock at 23.976, 24, 25, 29.97 and 59.94, and as
#           [24000, 1001]; and the code for a clock that shows 01:00:00.000. All in UTC.
# Expected: the same code again, within the frame that a Date's milliseconds allow; and 00:59:56:09 or :10 for one o'clock, since 24
#           numbers take 1.001 s (86313.7 of them are an hour).
# Seen:     at 23.976 01:00:00:14, 10:00:05:23 and 23:00:13:18; the clock's hour is 00:59:57:00. toDate reckons with 24000/1001, and the way
#           back with 23.98, the rate as it is shown. 24 and 25 are exact; 29.97 and 59.94 are 2 and 5 frames behind at the day's end.
# Why it hurts: this is how a take is given the time it was recorded at, and how a log of a shoot finds its pictures. Logged at noon, a note
#           is 7 s (172 frames) beside the picture, and adding a Date to a code, which goes the same way, is as wrong.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" smpte-timecode@1.3.6
cat >"$folder/clock.cjs" <<'JAVASCRIPT'
const assert = require("node:assert");
const Timecode = require("smpte-timecode");

const HOURS = ["01", "10", "23"];
const back = (rate, drop) =>
  HOURS.map((hour) => {
    const code = new Timecode(hour + (drop ? ":00:00;00" : ":00:00:00"), rate);
    const again = new Timecode(code.toDate(), rate);
    return [again.toString(), again.frameCount - code.frameCount];
  });
const seen = new Map([23.976, [24000, 1001], 24, 25].map((rate) => [String(rate), back(rate, false)]));
for (const rate of [29.97, 59.94]) seen.set(String(rate), back(rate, true));
const hour = new Timecode(new Date(2026, 0, 1, 1, 0, 0), 23.976).toString();
console.log(seen, hour);
for (const rate of ["24", "25"]) assert(seen.get(rate).every(([, off]) => off === 0));
for (const rate of ["23.976", "24000,1001"])
  assert.deepEqual(seen.get(rate), [["01:00:00:14", 14], ["10:00:05:23", 143], ["23:00:13:18", 330]], "it changed");
assert.equal(hour, "00:59:57:00", "it changed");
assert.deepEqual([seen.get("29.97")[2][1], seen.get("59.94")[2][1]], [-2, -5], "it changed");
JAVASCRIPT
TZ=UTC node "$folder/clock.cjs"

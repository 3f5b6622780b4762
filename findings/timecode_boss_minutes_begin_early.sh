#!/usr/bin/env bash
# timecode-boss (npm): in drop-frame the last two frames of a minute are shown as frames of the next one.
#
# Versions: timecode-boss 6.2.0 on npm.
# Source:   new Timecode(count, 29.97) and (count, 59.94) at the ends of minutes; and a frame added to 00:00:00;35 at 59.94.
# Expected: SMPTE 12M drop-frame: frame 1798 is 00:00:59;28, 1799 is 00:00:59;29, and 1800 is 00:01:00;02, the first of its
#           minute. One frame after 00:00:00;35 is 00:00:00;36.
# Seen:     1798 gives 00:01:00;02 and 1799 gives 00:01:00;03, the words of 1800 and 1801. Their own count goes along: it is then
#           1800 and 1801. So it is at the end of each minute that drops, at 59.94 for four frames. The sum is 00:00:01;06.
#           Parsing "00:00:59;28" and counting it is right (1798), so that going there and back adds two frames.
# Why it hurts: cut lists and markers that are counted in frames and written with it lie up to two frames late at each minute
#           (four at 59.94), two different frames have one name, and a step of one frame at 59.94 may jump by half a second.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" timecode-boss@6.2.0

cat >"$folder/show.mjs" <<'JAVASCRIPT'
import assert from "node:assert";
import module from "timecode-boss";

const Timecode = module.default ?? module.Timecode ?? module;
const show = (count, rate) => {
  const made = new Timecode(count, rate);
  return `${made} ${made.frameCount()}`;
};
const seen = [1797, 1798, 1799, 1800, 1801].map((count) => show(count, 29.97));
const fast = [3595, 3596, 3599, 3600].map((count) => show(count, 59.94));
const parsed = new Timecode("00:00:59;28", 29.97);
const sum = String(new Timecode("00:00:00;35", 59.94).add(1));
console.log(seen, fast, String(parsed), parsed.frameCount(), sum);
assert.deepEqual(seen, ["00:00:59;27 1797", "00:01:00;02 1800", "00:01:00;03 1801", "00:01:00;02 1800", "00:01:00;03 1801"]);
assert.deepEqual(fast.map((each) => each.slice(0, 11)), ["00:00:59;55", "00:01:00;02", "00:01:00;03", "00:01:00;04"]);
assert.equal(parsed.frameCount(), 1798);
assert.equal(sum, "00:00:01;06");
JAVASCRIPT
node "$folder/show.mjs"

#!/usr/bin/env bash
# parse-cube-lut: each table of a LUT that DaVinci Resolve exported has slipped by one place, behind a first colour of NaN.
#
# Versions: parse-cube-lut 1.0.1 on npm (its latest).
# Source:   a 3D LUT of 17 steps (.cube) that changes nothing, with the line "LUT_3D_INPUT_RANGE 0.0 1.0" that Resolve writes below its
#           size (a keyword of Blackmagic's own), and without it; the entries of data for black, white, grey, blue and red. And a 1D LUT.
# Expected: 4913 entries, the first one black and the last one white, with the line or without.
# Seen:     4914 with it: a line that begins with an unknown word counts as a colour, NaN, 0, 1. Every colour is that of the entry before it: a
#           grey has one step less of red, and where red is 0 stands the end of the row before: pure blue is nearly white. The last entry,
#           white, lies behind the end of a table of 17 * 17 * 17. The same for a 1D LUT.
# Why it hurts: Resolve is where most looks are made. Its tables tint all pictures a little and tear where there is no red at all, black is
#           no number, and the parser reports nothing.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" parse-cube-lut@1.0.1

cd "$folder"
cat >tables.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const parse = require("parse-cube-lut");

const STEPS = 17;
const rows = [];
for (let blue = 0; blue < STEPS; blue += 1)
  for (let green = 0; green < STEPS; green += 1)
    for (let red = 0; red < STEPS; red += 1) rows.push([red, green, blue].map((step) => (step / (STEPS - 1)).toFixed(6)).join(" "));
const plain = `LUT_3D_SIZE ${STEPS}\n${rows.join("\n")}\n`;
const resolve = plain.replace("\n", "\nLUT_3D_INPUT_RANGE 0.0 1.0\n");
const entry = ({ data }, colour) => {
  const [red, green, blue] = colour.map((value) => Math.round(value * (STEPS - 1)));
  return data[red + STEPS * (green + STEPS * blue)];
};
const [right, told] = [parse(plain), parse(resolve)];
for (const colour of [[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5], [0, 0, 1], [1, 0, 0]]) {
  console.log(colour, entry(right, colour), entry(told, colour));
  assert.deepEqual(entry(right, colour), colour);
}
assert.equal(right.data.length, STEPS ** 3);
assert.equal(told.data.length, STEPS ** 3 + 1, "it changed");
assert.deepEqual(told.data[0], [NaN, 0, 1], "it changed");
assert.deepEqual(entry(told, [0, 0, 1]), [1, 1, 0.9375], "it changed");
assert.deepEqual(entry(told, [0.5, 0.5, 0.5]), [0.4375, 0.5, 0.5], "it changed");
const curve = parse("LUT_1D_SIZE 3\nLUT_1D_INPUT_RANGE 0.0 1.0\n0 0 0\n0.5 0.5 0.5\n1 1 1\n");
assert.deepEqual([curve.size, curve.data.length, curve.data[2]], [3, 4, [0.5, 0.5, 0.5]], "it changed");
JAVASCRIPT
node tables.cjs

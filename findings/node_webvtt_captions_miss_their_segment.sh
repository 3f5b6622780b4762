#!/usr/bin/env bash
# node-webvtt (npm): after a pause the first captions lie in the segment before, and one that crosses a border in one only.
#
# Versions: node-webvtt 2.0.0 on npm.
# Source:   hls.hlsSegmentPlaylist and hls.hlsSegment, with segments of 10 s, on captions of 3 s every 4 s from 1 s on, with
#           a pause from 1 to 2 minutes; and on captions of 1 to 8, 9 to 25 and 60 to 62 s.
# Expected: each segment has every caption that is shown within the time its EXTINF stands for (RFC 8216, 3.5).
# Seen:     after six segments of 10 s comes one of 60 that has the captions of 121 and 125 s, though it ends at 120; the next
#           one, from 120 to 130 s, lacks the one of 121 s. In the second list the segments are 20 and 42 s long, and
#           the caption of 9 to 25 s is not in the second one.
# Why it hurts: a player that is started or moved there loads the segment of that time, and shows nothing until the next
#           caption; it happens behind each pause, and pauses are what people skip. The times of the words are right,
#           so that playing from the start shows nothing wrong.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" node-webvtt@2.0.0

cd "$folder"
node - <<'JAVASCRIPT'
const assert = require("node:assert");
const { hls } = require("node-webvtt");

const stamp = (second) => new Date(1000 * second).toISOString().slice(11, 23);

function missing(cues) {
  const text = ["WEBVTT", ...cues.map(([start, end]) => `${stamp(start)} --> ${stamp(end)}\nwords`)].join("\n\n") + "\n";
  const lengths = [...hls.hlsSegmentPlaylist(text, 10).matchAll(/EXTINF:([\d.]+)/g)].map((match) => Number(match[1]));
  const lost = [];
  let from = 0;
  hls.hlsSegment(text, 10).forEach((segment, index) => {
    const to = from + lengths[index];
    for (const [start, end] of cues) {
      const shown = start < to && end > from;
      if (shown && !segment.content.includes(`${stamp(start)} -->`)) lost.push([from, to, start, end]);
    }
    from = to;
  });
  console.log("lengths:", lengths.join(" "), "missing [from, to, start, end]:", JSON.stringify(lost));
  return { lengths, lost };
}

const spoken = (from) => Array.from({ length: 15 }, (_, index) => [from + 4 * index + 1, from + 4 * index + 4]);
const pause = missing([...spoken(0), ...spoken(120)]);
assert.strictEqual(pause.lengths[6], 60, "it changed");
assert.deepStrictEqual(pause.lost, [[120, 130, 121, 124]], "it changed");
const long = missing([[1, 8], [9, 25], [60, 62]]);
assert.deepStrictEqual(long.lengths, [20, 42], "it changed");
assert.deepStrictEqual(long.lost, [[20, 62, 9, 25]], "it changed");
JAVASCRIPT

#!/usr/bin/env bash
# mpd-parser (video.js): segments repeated to the end of their period run on by the whole film's length, or are none at all.
#
# Versions: mpd-parser 1.4.0 on npm (its latest).
# Source:   static DASH manifests of PT20S with a SegmentTimeline of one S of two seconds and r="-1": in two periods of PT10S, and in
#           one whose times begin at 8 s and at an hour (presentationTimeOffset). Beside them the same with r written out.
# Expected: ten segments and 20 s each time: a negative r repeats up to the period's end (ISO/IEC 23009-1).
# Seen:     two periods: ten in each, the second from 10 to 30 s, as the film's own length counts for each. One period from 8 s: six,
#           so that 8 s are missing; from an hour: none, with no error or word, as the offset is never taken off.
# Why it hurts: periods join the reels of a film, or a programme with what is put between. Times from an hour on are what a packager
#           keeps of a time code, or of a clock. The player asks for sounds and pictures that don't exist, or shows a film of nothing.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" mpd-parser@1.4.0

cat >"$folder/count.mjs" <<'JAVASCRIPT'
import assert from "node:assert";
import { parse } from "mpd-parser";

const RATE = 48000;

/** The end of each segment in seconds, for a film of 20 s in so many periods, whose times begin at a second. */
function ends(periods, repeats, begin = 0) {
  const period = `<Period duration="PT${20 / periods}S"><AdaptationSet mimeType="audio/mp4" lang="en">
    <SegmentTemplate timescale="${RATE}" presentationTimeOffset="${begin * RATE}" media="$Time$.m4s" initialization="start.mp4">
      <SegmentTimeline><S t="${begin * RATE}" d="${2 * RATE}" r="${repeats}"/></SegmentTimeline>
    </SegmentTemplate><Representation id="a" bandwidth="128000" codecs="mp4a.40.2"/></AdaptationSet></Period>`;
  const film = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT2S"
    mediaPresentationDuration="PT20S" profiles="urn:mpeg:dash:profile:isoff-live:2011">${period.repeat(periods)}</MPD>`;
  const manifest = parse(film, { manifestUri: "film.mpd" });
  assert.strictEqual(manifest.duration, 20);
  const [group] = Object.values(manifest.mediaGroups.AUDIO.audio);
  return group.playlists[0].segments.map((each) => each.presentationTime + each.duration);
}

const from = (start, count) => Array.from({ length: count }, (_, number) => start + 2 * (number + 1));
for (const [periods, repeats, begin] of [[2, 4, 0], [1, 9, 8], [1, 9, 3600]]) {
  const plain = ends(periods, repeats, begin);
  const repeated = ends(periods, -1, begin);
  console.log(`${periods} period(s) from ${begin} s: r="${repeats}"`, plain.join(" "), 'r="-1"', repeated.join(" ") || "none");
  assert.deepStrictEqual(plain, from(0, 10));
  const seen = { 0: [...from(0, 10), ...from(10, 10)], 8: from(0, 6), 3600: [] }[begin];
  assert.deepStrictEqual(repeated, seen, "it changed");
}
assert.deepStrictEqual(ends(1, -1), from(0, 10));
JAVASCRIPT
node "$folder/count.mjs"

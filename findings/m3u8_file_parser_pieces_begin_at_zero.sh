#!/usr/bin/env bash
# m3u8-file-parser (npm): of a film in one file, each piece is its first bytes again: byte ranges without an offset begin at 0 and not where the last ended.
#
# Versions: m3u8-file-parser 0.2.4 on npm (its latest); hls-parser 0.16.1 on npm reads the same playlist rightly.
# Source:   an HLS playlist of four pieces of film.mp4, of 1000, 900, 800 and 700 bytes from byte 650 on, the first with EXT-X-BYTERANGE:1000@650
#           and the others with their lengths alone, which is how packagers save room; a file of 4050 numbered bytes is put together by it.
# Expected: 650, 1650, 2550 and 3350. The parser is "build against RFC8216", by which such a range "begins at the next byte following the
#           sub-range of the previous Media Segment" (4.3.2.2).
# Seen:     650, 0, 0 and 0. A missing offset is read as the number 0, so that nobody can tell it from one that is stated, either.
# Why it hurts: a player or a downloader asks for the head of the file three times, gets an answer each time, and has a film of three times its
#           beginning, or data that are no segment. Lengths, durations and addresses are all right, and so are playlists of one file a piece.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" m3u8-file-parser@0.2.4 hls-parser@0.16.1

cd "$folder"
cat >pieces.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const HLS = require("hls-parser");
const Parser = require("m3u8-file-parser");

const LENGTHS = [1000, 900, 800, 700];
const pieces = LENGTHS.map((length, k) => `#EXT-X-BYTERANGE:${length}${k ? "" : "@650"}\n#EXTINF:4.0,\nfilm.mp4\n`).join("");
const playlist = `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="film.mp4",BYTERANGE="650@0"\n${pieces}#EXT-X-ENDLIST\n`;
const film = Uint16Array.from({ length: 4050 }, (_, n) => n);
const got = (ranges) => ranges.flatMap(({ offset, length }) => [...film.subarray(offset, offset + length)]);

const parser = new Parser();
parser.read(playlist);
const told = parser.getResult().segments.map((segment) => segment.byteRange);
const right = HLS.parse(playlist).segments.map((segment) => segment.byterange);
console.log(right, told);
assert.deepEqual(got(right), [...film.subarray(650)]);
assert.deepEqual(told.map((range) => range.length), LENGTHS);
assert.deepEqual(told.map((range) => range.offset), [650, 0, 0, 0], "it changed");
assert.equal(new Set(got(told)).size, 1650, "it changed");
JAVASCRIPT
node pieces.cjs

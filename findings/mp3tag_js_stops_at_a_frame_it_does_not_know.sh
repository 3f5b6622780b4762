#!/usr/bin/env bash
# mp3tag.js (npm): a tag ends for it at the first frame that it does not know; tempo, key, loudness and cue points behind it go when the title is saved.
#
# Versions: mp3tag.js 3.16.0 on npm (its latest); node-id3 0.2.9 on npm reads the same files rightly.
# Source:   an ID3v2.3 tag of title, then TBPM 128, TKEY Am, "replaygain_track_gain", and the cue points of Serato (GEOB, "Serato Markers2");
#           the same with Apple's grouping (GRP1) or a chapter (CHAP) behind the title. Read, title changed, saved as in its README.
# Expected: all frames but perhaps the unknown one, before and after: its option "unsupported" is for "unsupported frames" alone, and readers of
#           ID3v2 are to skip what they do not know, for which each frame states its size. TBPM, TKEY, TXXX and GEOB are among those it supports.
# Seen:     with neither, all five frames stay. With either, only the title is read, and only the title is left in the file that is saved;
#           mp3tag.error is empty. With unsupported: true in read and in save all of them stay.
# Why it hurts: Music and iTunes write GRP1 where a song has a grouping, and podcasts and mixes have chapters. One change of a title takes a DJ's
#           cue points, key and tempo and a player's loudness out of just those files, and a library that only reads sees none of them.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" mp3tag.js@3.16.0 node-id3@0.2.9

cd "$folder"
cat >frames.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const MP3Tag = require("mp3tag.js");
const NodeID3 = require("node-id3");

const text = (words) => Buffer.concat([Buffer.from([0]), Buffer.from(words, "latin1")]);
const frame = (id, body) => {
  const head = Buffer.alloc(10);
  head.write(id, "latin1");
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
};
const chapter = Buffer.concat([Buffer.from("c0\0"), Buffer.from([0, 0, 0, 0, 0, 0, 0x13, 0x88]), Buffer.alloc(8, 255)]);
const behind = [
  frame("TBPM", text("128")),
  frame("TKEY", text("Am")),
  frame("TXXX", text("replaygain_track_gain\0-6.50 dB")),
  frame("GEOB", text("application/octet-stream\0\0Serato Markers2\0\x01\x01cues")),
];
const sound = Buffer.alloc(417, 0);
sound.set([0xff, 0xfb, 0x90, 0x64]);
const file = (unknown) => {
  const body = Buffer.concat([frame("TIT2", text("Old")), ...unknown, ...behind, Buffer.alloc(64)]);
  const size = [21, 14, 7, 0].map((bits) => (body.length >> bits) & 127);
  return Buffer.concat([Buffer.from("ID3"), Buffer.from([3, 0, 0, ...size]), body, sound]);
};
const names = (bytes) => ["TIT2", "TBPM", "TKEY", "TXXX", "GEOB"].filter((id) => bytes.includes(Buffer.from(`${id}\0\0`, "latin1")));
const told = (bytes, options) => {
  const tag = new MP3Tag(Buffer.from(bytes));
  tag.read(options);
  const seen = Object.keys(tag.tags.v2);
  tag.tags.title = "New";
  tag.save({ id3v2: options });
  assert.equal(tag.error, "");
  return [seen, names(Buffer.from(tag.buffer))];
};
const ALL = ["TIT2", "TBPM", "TKEY", "TXXX", "GEOB"];
const kinds = { neither: [], grouping: [frame("GRP1", text("Set"))], chapter: [frame("CHAP", chapter)] };
for (const [name, unknown] of Object.entries(kinds)) {
  const bytes = file(unknown);
  const right = NodeID3.read(bytes);
  assert.deepEqual([right.bpm, right.initialKey, right.userDefinedText[0].value], ["128", "Am", "-6.50 dB"]);
  const [seen, kept] = told(bytes, {});
  console.log(name, { seen, kept });
  assert.deepEqual([seen, kept], unknown.length ? [["TIT2"], ["TIT2"]] : [ALL, ALL], "it changed");
  assert.deepEqual(told(bytes, { unsupported: true })[1], ALL);
}
JAVASCRIPT
node frames.cjs

#!/usr/bin/env bash
# lrc-file-parser: a line of lyrics at 10.05 s is sung at 10.5 s, and so after the line at 10.40 s that follows it.
#
# Versions: lrc-file-parser 2.4.2 (the parser of the player LX Music), and clrc 3.1.4 and @applemusic-like-lyrics/lyric 1.1.0 beside it, on npm.
# Source:   lyrics (LRC) in hundredths of a second, as the format has them, at each of the hundred hundredths of a minute; lines and order.
# Expected: the hundred times as written, which the two others give.
# Seen:     of .01 to .09 nine times in a hundred are ten times as much, .1 to .9 s: zeros behind the point are cut off as if they stood
#           before a number, and the 5 that is left is filled up to 500 ms. In a file of thousandths (.050) all is right.
# Why it hurts: one line in eleven comes up to .81 s late and in the wrong order, which looks like a singer's rubato and not like a fault.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" lrc-file-parser@2.4.2 clrc@3.1.4 @applemusic-like-lyrics/lyric@1.1.0

cd "$folder"
cat >lyrics.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import { parse } from "clrc";
import { parseLrc } from "@applemusic-like-lyrics/lyric";
import Lyric from "lrc-file-parser";

const two = (number) => String(number).padStart(2, "0");
const rows = Array.from({ length: 100 }, (_, part) => ({ text: `line ${part}`, ms: 1000 * (part % 60) + 60000 * part + 10 * part }));
const file = (digits) =>
  rows
    .map(({ text, ms }) => `[${two(Math.floor(ms / 60000))}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0").slice(0, digits)}]${text}`)
    .join("\n");
const heard = (text) => new Map(new Lyric({ lyric: text }).lines.map(({ text, time }) => [text, time]));

assert.deepEqual(parse(file(2)).map((line) => line.startMillisecond), rows.map(({ ms }) => ms));
assert.deepEqual(parseLrc(file(2)).map((line) => line.startTime), rows.map(({ ms }) => ms));
const told = heard(file(2));
const late = rows.map(({ text, ms }) => told.get(text) - ms);
console.log(late.filter((ms) => ms !== 0), heard(file(3)).get("line 5") - rows[5].ms);
assert(rows.every(({ text, ms }) => heard(file(3)).get(text) === ms));
assert.deepEqual(late, rows.map((_, part) => (part > 0 && part < 10 ? 90 * part : 0)), "it changed");

const lines = new Lyric({ lyric: "[00:10.05]one\n[00:10.40]two\n" }).lines;
console.log(lines);
assert.deepEqual(lines.map(({ text, time }) => [text, time]), [["two", 10400], ["one", 10500]], "it changed");
JAVASCRIPT
node lyrics.mjs

#!/usr/bin/env bash
# chord-transposer (npm): of a sheet in F that is to be in G, the chords C7sus4, BbMaj7 and C9sus4 stay in F, and the A of the lyrics becomes a B.
#
# Versions: chord-transposer 3.0.9 on npm (its latest); chordsheetjs 15.5.2 on npm beside it.
# Source:   "F  Dm7b5  C7sus4  BbMaj7  C9sus4  F" and the line "A long and winding road" below it; transpose(sheet).up(2) and toKey("G"), as in its
#           README. The roots before and after.
# Expected: G, Em7b5, D7sus4, CMaj7, D9sus4, G, as each by chordsheetjs, and the same words; or an error for a chord it does not know. The library is
#           "for transposing musical chords within text", lists sus4 and 7 among the chords that it supports, and keeps the words in its examples.
# Seen:     G, Em7b5, C7sus4, BbMaj7, C9sus4, G, and "B long and winding road". What is no chord of its grammar is a word and stays as it is, and
#           what is a chord is one in the lyrics too. 7sus4, 9sus4, mM7, °, ø, alt and Maj7 with a capital stay; sus4 alone moves.
# Why it hurts: the result looks like a whole sheet. Whoever plays it has F's dominant before G, a whole tone off at the very cadence, and a
#           program that plays or searches by chords has a song of two keys.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" chord-transposer@3.0.9 chordsheetjs@15.5.2

cd "$folder"
cat >sheet.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const { Chord } = require("chordsheetjs");
const { transpose } = require("chord-transposer");

const chords = ["F", "Dm7b5", "C7sus4", "BbMaj7", "C9sus4", "F"];
const sheet = `${chords.join("  ")}\nA long and winding road`;
const roots = (line) => line.trim().split(/\s+/).map((chord) => chord.match(/^[A-G][#b]?/)[0]);
const right = chords.map((chord) => Chord.parse(chord).transpose(2).toString());
const [up, to] = [transpose(sheet).up(2).toString(), transpose(sheet).toKey("G").toString()].map((text) => text.split("\n"));
console.log(right.join("  "));
console.log(up, to);
assert.deepEqual(roots(right.join(" ")), ["G", "E", "D", "C", "D", "G"]);
assert.equal(transpose("F  Csus4").up(2).toString().split(/\s+/)[1], "Dsus4");
for (const [line, words] of [up, to]) {
  assert.deepEqual(roots(line), ["G", "E", "C", "Bb", "C", "G"], "it changed");
  assert.equal(words.trim(), "B long and winding road", "it changed");
}
JAVASCRIPT
node sheet.cjs

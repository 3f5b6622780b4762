// What somebody says of a film: chips go in and out, and who decided is told in a line.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CHIPS, toggled, whoDecided, wordsOf } from "../../../src/reelscore/web/static/js/analysis/about.js";

test("a chip goes in at the end, and out again wherever it stands", () => {
  assert.equal(toggled("", "wedding"), "wedding");
  assert.equal(toggled("wedding, my aunt", "seaside"), "wedding, my aunt, seaside");
  assert.equal(toggled("Wedding, my aunt", "wedding"), "my aunt");
  assert.deepEqual(wordsOf(" a,, b "), ["a", "b"]);
});

test("every kind of chip has words, each once", () => {
  const words = Object.values(CHIPS).flat();
  assert.equal(new Set(words).size, words.length);
  assert.equal(Object.keys(CHIPS).length, 7);
});

test("who decided is one line, and a film that nobody saw says so", () => {
  const measured = Object.fromEntries(["style", "mood", "tempo", "passage"].map((part) => [part, "the measurements"]));
  assert.match(whoDecided(measured), /^Only measured so far/);
  assert.equal(whoDecided({ ...measured, style: "your words", mood: "your words" }), "style and mood: your words; tempo and passage: the measurements");
  assert.equal(whoDecided(undefined), "");
});

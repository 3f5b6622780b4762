import assert from "node:assert/strict";
import test from "node:test";

import { readPart, songCalled, stepInWords } from "../../../src/reelscore/web/static/js/mixing/parts.js";

test("parts are read as the command reads them", () => {
  for (const [line, kind, name, weight] of [
    ["slow piano", "text", "slow piano", 1],
    ["slow piano=0.5", "text", "slow piano", 0.5],
    [" artist:Air=2 ", "artist", "Air", 2],
    ["saved: Evenings", "saved", "Evenings", 1],
    ["a=b", "text", "a=b", 1],
    ["a=1", "text", "a", 1],
    ["mood: dark", "text", "mood: dark", 1],
  ]) {
    assert.deepEqual(readPart(line), { kind, name, weight });
  }
  assert.equal(readPart("drums", -1).weight, -1);
  assert.equal(readPart("  "), null);
});

test("words are a song only if exactly one has that title", () => {
  const songs = [{ title: "Blue" }, { title: "Blue Moon" }];
  assert.equal(songCalled("blue", songs), songs[0]);
  assert.equal(songCalled("blue", [...songs, { title: "BLUE" }]), null);
  assert.equal(songCalled("moon", songs), null);
});

test("a step says what changes", () => {
  assert.equal(stepInWords({ tempo_percent: 0.2, key_steps: 0, mixes: true }), "same tempo, same key, mixes");
  assert.equal(stepInWords({ tempo_percent: 7.4, key_steps: 2, mixes: false }), "tempo 7 %, key 2 away");
});

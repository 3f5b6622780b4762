// Waveforms as bytes from the server, the highest of a stretch; and the reason that a card says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mainReason } from "../../../src/reelscore/web/static/js/song/reasons.js";
import { highest, readWaveform } from "../../../src/reelscore/web/static/js/song/waveform-data.js";

const answer = (status, body) => new Response(JSON.stringify(body), { status });

test("the highest byte of a stretch, never of an empty one", () => {
  const peaks = Uint8Array.of(0, 255, 51, 102);
  assert.equal(highest(peaks, 0, 1), 1);
  assert.equal(highest(peaks, 0.5, 0.75), 0.2);
  assert.equal(highest(peaks, 0.75, 0.75), 0.4);
  assert.equal(highest(peaks, -1, 0.1), 0);
  assert.equal(highest(peaks, 2, 3), 0);
});

test("a waveform is asked for once, and again after it failed", async (t) => {
  const replies = [answer(404, { error: { code: "not_found", message: "no sound" } }), answer(200, { data: { seconds: 2, peaks: btoa("\x00\xff"), levels: btoa("\x01\x80") } })];
  const fetched = t.mock.method(globalThis, "fetch", async () => replies.shift());
  await assert.rejects(readWaveform("a/b"), { code: "not_found" });
  const wave = await readWaveform("a/b");
  assert.equal(await readWaveform("a/b"), wave);
  assert.equal(fetched.mock.callCount(), 2);
  assert.equal(fetched.mock.calls[0].arguments[0], "/api/songs/a%2Fb/waveform");
  assert.deepEqual([wave.seconds, ...wave.peaks, ...wave.levels], [2, 0, 255, 1, 128]);
});

test("a card says the first reason that its facts and tags do not say already", () => {
  const tags = "guitar, mellow, acoustic, country, moderate";
  assert.equal(mainReason([tags, "110 bpm in E major"]), "");
  assert.equal(mainReason([tags, "110 bpm suits the medium pace of the picture"]), "110 bpm suits the medium pace of the picture");
  assert.equal(mainReason([tags, "near the top for “slow electronic”, “happy, bright”", "85 bpm"]), "near the top for “slow electronic”");
  assert.equal(mainReason(["its title is named in your words", tags]), "its title is named in your words");
  assert.equal(mainReason([tags, "97 bpm, while 60-80 was wanted"]), "97 bpm, while 60-80 was wanted");
  assert.equal(mainReason([tags, "low energy, as wanted"]), "low energy, as wanted");
  assert.equal(mainReason([tags, "97 bpm, while 60-80 was wanted", "low energy, as wanted"]), "low energy, as wanted");
  assert.equal(mainReason(["no clear beat", "high energy, close to what was wanted"]), "high energy, close to what was wanted");
  assert.equal(mainReason(["no clear beat", "high energy, more than was wanted"]), "no clear beat");
  assert.equal(mainReason([]), "");
});

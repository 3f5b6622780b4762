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

test("a card says what speaks for its song before what speaks against it, and no fact", () => {
  const tags = { short: "guitar, mellow", supports: null };
  const tempo = { short: "97 bpm, while 60-80 was wanted", supports: false };
  const energy = { short: "low energy, as wanted", supports: true };
  assert.equal(mainReason([tags, tempo, energy]), energy.short);
  assert.equal(mainReason([tags, tempo]), tempo.short);
  assert.equal(mainReason([tags]), "");
  assert.equal(mainReason([]), "");
});

// Songs of one loudness under a picture, lower where somebody speaks; and what is said of the one that sounds.

import assert from "node:assert/strict";
import { test } from "node:test";

import { DUCK, duckAt, duckPoints, factorOf, gainWords, headroomOf, matchingGain, REFERENCE_LUFS } from "../../../src/reelscore/web/static/js/audition/levels.js";
import { stateOf } from "../../../src/reelscore/web/static/js/audition/state.js";

const close = (one, other, within = 1e-9) => assert.ok(Math.abs(one - other) <= within, `${one} is not ${other}`);

test("songs of any loudness come to the same, unless their peaks forbid it", () => {
  for (const lufs of [-7, -11.3, -18, -31]) close(lufs + matchingGain(lufs, 40), REFERENCE_LUFS);
  close(matchingGain(-31, 4), 4);
  assert.equal(matchingGain(-31, -1), 0);
  for (const unknown of [null, undefined, NaN]) assert.equal(matchingGain(unknown), null);
  close(factorOf(-6), 0.501, 0.001);
  assert.deepEqual([-3.24, 0.01, 2, null].map(gainWords), ["−3.2 dB", "±0.0 dB", "+2.0 dB", ""]);
});

test("headroom is what the highest peak of any channel leaves", async () => {
  const channels = [Float32Array.of(0, 0.1, -0.2), Float32Array.of(0.5, 0, 0)];
  close(await headroomOf({ numberOfChannels: 2, getChannelData: (at) => channels[at] }), 6.02, 0.01);
});

test("music is down from the first word on, and stays down where it could not come up", () => {
  const points = duckPoints([[10, 12], [13, 14], [30, 31]]);
  assert.equal(points.length, 8);
  assert.equal(duckAt(points, 9), 0);
  close(duckAt(points, 10 - DUCK.attack / 2), -DUCK.depth / 2);
  for (const seconds of [10, 12.5, 13.5, 14 + DUCK.hold]) close(duckAt(points, seconds), -DUCK.depth);
  close(duckAt(points, 14 + DUCK.hold + DUCK.release / 2), -DUCK.depth / 2);
  assert.equal(duckAt(points, 20), 0);
  close(duckAt(points, 30.5), -DUCK.depth);
  assert.equal(duckAt(points, 99), 0);
  assert.equal(duckAt(duckPoints([]), 5), 0);
});

test("in step is said only of a song that sounds and is", () => {
  const say = (now) => stateOf({ position: 5, end: 60, duration: 30, step: 0.003, ...now }, (seconds) => `${seconds} s`);
  assert.deepEqual(say({}), { text: "In step", short: false });
  assert.equal(say({ step: -0.119 }).text, "Catching up");
  assert.equal(say({ step: null }).text, "");
  assert.deepEqual(say({ end: 20 }), { text: "The song ends at 20 s, 10 s before the film.", short: true });
  assert.equal(say({ end: 60, duration: 2700 }).text, "The song ends at 60 s, 44:00 before the film.");
  assert.deepEqual(say({ end: 20, position: 20 }), { text: "The song is over.", short: true });
  assert.equal(say({ end: 29.8, position: 29.9 }).short, false);
});

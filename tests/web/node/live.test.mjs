// What a live set plays, as numbers, and what it sends.

import assert from "node:assert/strict";
import { test } from "node:test";

const { fadeCurve, rateAt, sourceAt } = await import("../../../src/reelscore/web/static/js/live/plan.js");
const { message } = await import("../../../src/reelscore/web/static/js/live/capture.js");

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-6, `${one} is not ${other}`);
const plan = { begin: 10, source: 3, end: 60, fade_in: 4, fade_out: 4, rate: 1.02, glide: 4 };

test("a song that comes in faster glides back to its own speed", () => {
  near(sourceAt(plan, 10), 3);
  near(sourceAt(plan, 14), 3 + 4 * 1.02);
  near(sourceAt(plan, 18), 3 + 4 * 1.02 + 4 * 1.01);
  near(sourceAt(plan, 28), 3 + 4 * 1.02 + 4 * 1.01 + 10);
  near(rateAt(plan, 12), 1.02);
  near(rateAt(plan, 16), 1.01);
  near(rateAt(plan, 30), 1);
});

test("the speed is the slope of the place, at every moment", () => {
  for (let time = 10; time < 25; time += 0.37) {
    near((sourceAt(plan, time + 1e-5) - sourceAt(plan, time)) / 1e-5, rateAt(plan, time + 0.5e-5));
  }
});

test("a song at its own speed just goes on", () => {
  const plain = { ...plan, rate: 1, glide: 0 };
  near(sourceAt(plain, 33.5), 26.5);
  near(rateAt(plain, 11), 1);
});

test("fades that cross keep their power", () => {
  const [up, down] = [fadeCurve(false), fadeCurve(true)];
  up.forEach((level, place) => near(Math.round((level ** 2 + down[place] ** 2) * 1e5) / 1e5, 1));
  near(fadeCurve(false, 0.5)[0], Math.fround(Math.SQRT1_2));
});

test("a message has its kind, its time and its bytes", () => {
  const view = new DataView(message(3, 1.25, new Uint8Array([7, 8])));
  assert.equal(view.byteLength, 18);
  assert.deepEqual([view.getUint8(0), view.getFloat64(8, true), view.getUint8(17)], [3, 1.25, 8]);
});

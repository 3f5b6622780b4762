// The picture's timeline: curves spread over the width, dissolves as stretches, and its summary in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { peak, points, spanOf, summary } from "../../../src/reelscore/web/static/js/video/timeline-chart.js";

test("a curve goes from edge to edge, its top below the upper edge", () => {
  assert.deepEqual(points([0, 0.5, 1], 1), ["0.0 100.0", "500.0 53.0", "1000.0 6.0"]);
  assert.deepEqual(points([0.5], 1), ["0.0 53.0", "1000.0 53.0"]);
  assert.deepEqual(points([-1, 9], 1), ["0.0 100.0", "1000.0 6.0"]);
});

test("a still picture's noise does not look like action", () => {
  assert.equal(peak([0.01, 0.02]), 0.15);
  assert.equal(peak([0.01, 0.7]), 0.7);
  assert.equal(peak([]), 0.15);
});

test("a dissolve is a stretch however it was stored", () => {
  assert.deepEqual(spanOf(2), [1.75, 2.25]);
  assert.deepEqual(spanOf([1, 3]), [1, 3]);
  assert.deepEqual(spanOf({ start: 1, end: 3 }), [1, 3]);
});

test("the summary says where the cuts are, and names twenty at most", () => {
  assert.equal(summary({ duration: 65, cuts: [5, 61], motion: 0.3 }), "Timeline of 1:05: 2 cuts at 0:05, 1:01; some motion.");
  assert.equal(summary({ duration: 3, motion: 0 }), "Timeline of 0:03: 0 cuts; little motion.");
  const many = summary({ duration: 60, cuts: Array.from({ length: 50 }, (_, at) => at), motion: 1 });
  assert.match(many, /^Timeline of 1:00: 50 cuts at /);
  assert.equal(many.split(",").length, 20);
});

// The map: what a camera sees, which songs are near, how large a point is.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mountCamera } from "../../../src/reelscore/web/static/js/map/camera.js";
import { loadMap } from "../../../src/reelscore/web/static/js/map/data.js";
import { dotSize } from "../../../src/reelscore/web/static/js/map/paint.js";

function cameraOver({ width = 800, height = 600 } = {}) {
  const handlers = {};
  const canvas = { clientWidth: width, clientHeight: height, setPointerCapture() {}, addEventListener: (name, handler) => { handlers[name] = handler; } };
  const picked = [];
  let moves = 0;
  const lens = mountCamera(canvas, { onMove: () => { moves += 1; }, onPick: (x, y) => picked.push([x, y]) });
  lens.reset();
  const pointer = (name, id, x, y) => handlers[name]({ pointerId: id, offsetX: x, offsetY: y });
  const press = (key) => handlers.keydown({ key, preventDefault() {} });
  return { ...lens, pointer, press, picked, moves: () => moves };
}

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

test("the whole map fits, its middle in the middle", () => {
  const { camera, placeAt, pointOf } = cameraOver();
  assert.equal(camera.scale, 600);
  assert.deepEqual(placeAt(400, 300), [0.5, 0.5]);
  assert.deepEqual(pointOf(0, 0), [100, 0]);
});

test("what lies under the pointer stays there while one zooms", () => {
  const { zoom, placeAt } = cameraOver();
  const before = placeAt(250, 170);
  zoom(3, 250, 170);
  const after = placeAt(250, 170);
  near(before[0], after[0]);
  near(before[1], after[1]);
});

test("neither zoom nor pan leaves the map", () => {
  const { camera, zoom, press } = cameraOver();
  zoom(1e9);
  assert.equal(camera.scale, 600 * 400);
  zoom(1e-9);
  assert.equal(camera.scale, 600 * 0.8);
  for (let times = 0; times < 50; times += 1) press("ArrowRight");
  assert.equal(camera.x, 1);
  press("0");
  assert.deepEqual([camera.x, camera.y, camera.scale], [0.5, 0.5, 600]);
});

test("a pointer that hardly moved has clicked, one that moved has dragged", () => {
  const { camera, pointer, picked } = cameraOver();
  pointer("pointerdown", 1, 10, 10);
  pointer("pointermove", 1, 12, 10);
  pointer("pointerup", 1, 12, 10);
  assert.deepEqual(picked, [[12, 10]]);
  pointer("pointerdown", 1, 100, 100);
  pointer("pointermove", 1, 160, 100);
  pointer("pointerup", 1, 160, 100);
  assert.equal(picked.length, 1);
  near(camera.x, 0.5 - 60 / 600);
});

test("two fingers zoom and never click", () => {
  const { camera, pointer, picked } = cameraOver();
  pointer("pointerdown", 1, 300, 300);
  pointer("pointerdown", 2, 500, 300);
  pointer("pointermove", 2, 700, 300);
  pointer("pointerup", 1, 300, 300);
  pointer("pointerup", 2, 700, 300);
  near(camera.scale, 1200);
  assert.deepEqual(picked, []);
});

test("the nearest songs are those that a search over all of them finds", async (t) => {
  const count = 500;
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const buffer = new ArrayBuffer(7 * count);
  const places = new Uint16Array(buffer, 0, 2 * count);
  for (let at = 0; at < 2 * count; at += 1) places[at] = Math.floor(random() * 65536);
  t.mock.method(globalThis, "fetch", async () => new Response(buffer));
  const map = await loadMap({ version: "1", songs: count, groups: [] });
  for (const [x, y] of [[0.5, 0.5], [0, 1], [0.9, 0.1]]) {
    const far = (place) => Math.hypot(map.x[place] - x * 65535, map.y[place] - y * 65535);
    const wanted = Array.from({ length: count }, (_, place) => place).sort((a, b) => far(a) - far(b)).slice(0, 5);
    assert.deepEqual(map.nearest(x, y, 5), wanted);
  }
  assert.deepEqual(map.nearest(0.5, 0.5, 5, 0), []);
});

test("points are large where few lie in sight, and never too large or too small to see", () => {
  assert.equal(dotSize(1, 1e6), 7);
  assert.equal(dotSize(1e6, 100), 0.8);
  assert.ok(dotSize(1000, 1200) > dotSize(1000, 600));
});

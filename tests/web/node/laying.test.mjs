// A song under the cuts: which beats lie where, which cuts hit, how far a nudge goes, and what sounds when.

import assert from "node:assert/strict";
import { test } from "node:test";

import { endOf, fittedSong, heardOf, RATE, songTimeAt, soundOf, wholeSong } from "../../../src/reelscore/web/static/js/audition/pieces.js";
import {
  cutsOn, cutWords, gridLines, gridOf, laidBeats, markOf, nearest, nudged, placesOf, shareWords, toggledHit, withHits,
} from "../../../src/reelscore/web/static/js/laying/grid.js";
import { History } from "../../../src/reelscore/web/static/js/laying/history.js";
import { exact, rateOf } from "../../../src/reelscore/web/static/js/video/timecode.js";

/** Two beats a second in bars of four, the first at a tenth of a second. */
const beats = (count) => ({
  data: Array.from({ length: count }, (_, at) => ({ time: 0.1 + at / 2, bar: 1 + Math.floor(at / 4), beat: 1 + (at % 4) })),
  downbeats: Array.from({ length: Math.ceil(count / 4) }, (_, bar) => 0.1 + 2 * bar),
});
const grid = gridOf(beats(64), [{ start: 0 }, { start: 16.13 }]);
const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

test("beats have the level of what starts with them, also if that was found some milliseconds beside", () => {
  assert.deepEqual(grid.levels.slice(0, 5), ["bar", "beat", "beat", "beat", "bar"]);
  assert.equal(grid.levels[32], "section");
  assert.equal(grid.bars.length, 16);
  assert.deepEqual(gridOf({ data: [], downbeats: [1] }).levels, []);
});

test("the nearest of two that are as near is the later one", () => {
  assert.equal(nearest([1, 2, 3], 1.5), 1);
  assert.equal(nearest([1, 2, 3], 1.49), 0);
  assert.equal(nearest([1, 2, 3], 99), 2);
  assert.equal(nearest([1], -5), 0);
});

test("a whole song lies under the picture by its offset, also before it and after its beginning", () => {
  const late = wholeSong(-2, 10);
  assert.equal(songTimeAt(late, 1.9), null);
  close(songTimeAt(late, 2), 0);
  close(songTimeAt(wholeSong(3, 10), 1), 4);
  assert.equal(songTimeAt(wholeSong(3, 10), 7), null);
  close(endOf(late), 12);
  close(laidBeats(grid, wholeSong(1, 60))[0].time, -0.9);
});

test("in a fit the beats of the piece that comes in count", () => {
  const pieces = fittedSong([
    { source_in: 0, record_in: 0, length: 4 * RATE, fade_in: 0, fade_out: 1440 },
    { source_in: 10 * RATE, record_in: 3.9 * RATE, length: 4 * RATE, fade_in: 1440, fade_out: 0 },
  ]);
  close(songTimeAt(pieces, 3.95), 10.05);
  const laid = laidBeats(grid, pieces);
  assert.ok(laid.every(({ time }, at) => at === 0 || time > laid[at - 1].time));
  close(laid.find(({ time }) => time > 3.9).time, 4);
});

test("cuts hit within the tolerance, its edge included", () => {
  const at = (time) => cutsOn(laidBeats(grid, wholeSong(0, 60)), [{ number: 1, time, kind: "cut" }], { rate: 25, tolerance: 1 })[0];
  assert.deepEqual([at(0.14).hit, at(0.06).hit, at(0.141).hit], [true, true, false]);
  close(at(0.14).errorFrames, 1);
  close(at(0.58).errorFrames, -0.5);
  assert.deepEqual([markOf(at(0.1)), markOf(at(0.6)), markOf(at(0.35))], ["bar", "beat", "miss"]);
  const none = cutsOn([], [{ number: 1, time: 3, kind: "cut" }], { rate: 25, tolerance: 1 })[0];
  assert.deepEqual([markOf(none), none.hit, none.errorFrames], ["none", false, null]);
});

test("a cut keeps its number whatever is marked beside it", () => {
  const cuts = [3, 9].map((time, at) => ({ number: at + 1, time, kind: "cut" }));
  const said = withHits(cuts, [1, 5]).map((cut) => cutWords({ ...cut, errorFrames: null }).split(" at ")[0]);
  assert.deepEqual(said, ["Hit point 1", "Cut 1", "Hit point 2", "Cut 2"]);
});

test("a cut is told in words: what it is on, and how far off, before or after", () => {
  const cut = { number: 4, time: 62.345, kind: "cut", level: "bar", errorFrames: 0.44, hit: true };
  assert.equal(cutWords(cut), "Cut 4 at 1:02.34: on a bar, 0.4 frames after its beat");
  assert.equal(cutWords({ ...cut, errorFrames: 0.01, level: "section" }), "Cut 4 at 1:02.34: on the start of a section, to the frame");
  assert.equal(cutWords({ ...cut, hit: false, errorFrames: -1.02 }), "Cut 4 at 1:02.34: misses, 1.0 frame before its beat");
  assert.equal(cutWords({ ...cut, kind: "hit", errorFrames: null, level: "" }), "Hit point 4 at 1:02.34: no beat");
  const pieces = wholeSong(0, 90);
  assert.equal(shareWords([cut, { ...cut, hit: false }], pieces), "1 of 2 cuts on a beat, 1 on a bar");
  assert.equal(shareWords([{ ...cut, level: "beat" }], pieces), "1 of 1 cut on a beat");
  const point = { ...cut, kind: "hit", level: "beat" };
  assert.equal(shareWords([{ ...cut, level: "beat" }, point], pieces), "2 of 2 cuts and hit points on a beat");
  assert.equal(shareWords([point], pieces), "1 of 1 hit point on a beat");
  const late = { ...cut, time: 91, hit: false };
  assert.equal(shareWords([cut, late], pieces), "1 of the 1 cut under the song on a beat, 1 on a bar");
  assert.equal(shareWords([late], pieces), "no cut lies under the song");
  assert.equal(exact(-0.76), "−0:00.76");
});

test("lines are never a fog: beats from near, bars from farther, every so many bars from far", () => {
  const laid = laidBeats(gridOf(beats(480)), wholeSong(0, 240));
  assert.equal(gridLines(laid, 100).length, 480);
  assert.equal(gridLines(laid, 6).length, 120);
  for (const pixels of [0.2, 1, 3, 5, 12]) {
    const lines = gridLines(laid, pixels);
    assert.ok(lines.length <= 240 * pixels / 8 + 1, `${lines.length} lines in ${240 * pixels} pixels`);
    assert.ok(lines.every(({ level }) => pixels > 17 || level !== "beat"));
  }
  assert.deepEqual(gridLines([], 10), []);
});

test("a nudge is a frame, or what the song has under the playhead", () => {
  const by = (unit, way, offset = 1, position = 2) => nudged(offset, unit, way, { grid, position, rate: 30000 / 1001 });
  assert.equal(Math.round((1 - by("frame", 1)) * RATE), Math.round(1001 / 30000 * RATE));
  close(by("beat", 1), 0.5);
  close(by("beat", -1), 1.5);
  close(by("bar", 1), -1);
  close(by("bar", -1), 3);
  close(by("beat", 1, 0, 0), -0.5);
  close(by("beat", -1, 500, 0), 500.5);
  assert.equal(nudged(1, "beat", 1, { grid: gridOf({ data: [], downbeats: [] }), position: 0, rate: 25 }), null);
  assert.equal(nudged(1, "bar", 1, { grid: null, position: 0, rate: 25 }), null);
});

test("a hit point is set on a frame, and taken away within a frame of it", () => {
  const set = toggledHit([5], 2.013, 25);
  assert.deepEqual(set, [2, 5]);
  assert.deepEqual(toggledHit(set, 2.04, 25), [5]);
  assert.deepEqual(toggledHit(set, 2.1, 25).length, 3);
  close(rateOf("30000/1001"), 29.97002997002997);
  assert.equal(rateOf("25"), 25);
  assert.deepEqual(placesOf({ offset: 5, alternatives: [{ offset: 9 }] }), [5, 9]);
});

test("what sounds begins on the sample that the plan says", () => {
  const offset = 123_457 / RATE;
  const from = soundOf(wholeSong(offset, 60)[0], 0);
  assert.deepEqual([Math.round(from.offset * RATE), from.wait, from.curves.length], [123_457, 0, 0]);
  const late = soundOf(wholeSong(-offset, 60)[0], 1);
  assert.equal(Math.round(late.wait * RATE), 123_457 - RATE);
  assert.equal(late.offset, 0);
  assert.equal(soundOf(wholeSong(0, 60)[0], 60), null);
});

test("fades have the shape of the mix, also from their middle on", () => {
  const [piece] = fittedSong([{ source_in: RATE, record_in: 2 * RATE, length: 4 * RATE, fade_in: 480, fade_out: 960 }]);
  const { wait, duration, curves: [rise, fall] } = soundOf(piece, 0);
  assert.deepEqual([wait, duration, rise.wait, rise.duration], [2, 4, 2, 0.01]);
  assert.deepEqual([rise.values[0], rise.values.at(-1), fall.values[0], Math.round(fall.values.at(-1) * 1e6)], [0, 1, 1, 0]);
  close(fall.wait + fall.duration, 6);
  assert.ok(Math.abs(rise.values[240] - Math.SQRT1_2) < 1e-6);
  const inside = soundOf(piece, 2.005);
  assert.ok(Math.abs(inside.curves[0].values[0] - Math.SQRT1_2) < 1e-6);
  close(inside.curves[0].duration, 0.005);
});

test("of a fit is heard what lies under pictures, with its own ending", () => {
  const events = [{ source_in: 0, record_in: 0, length: 4 * RATE, fade_in: 0, fade_out: 960 }, { source_in: 9, record_in: 4 * RATE, length: RATE, fade_in: 480, fade_out: 0 }];
  const take = { fit: { fit: { events } } };
  assert.deepEqual(heardOf(take, { start: 0, end: 2 }), fittedSong(events));
  const [late, next] = heardOf(take, { start: 1, end: 9 });
  assert.deepEqual(late, { source: RATE, record: RATE, length: 3 * RATE, fadeIn: RATE / 200, fadeOut: 960 });
  assert.deepEqual(next, fittedSong(events)[1]);
  assert.equal(heardOf(take, { start: 4, end: 9 }).length, 1);
});

test("moves of a song and hit points are taken back one by one, and done again", () => {
  const history = new History();
  let state = { offset: 0, hits: [] };
  const move = (offset, now) => {
    history.add({ song: "a", offset: state.offset, fit: null }, now);
    state = { ...state, offset };
  };
  const go = (way, song = "a") => {
    const entry = history[way](song, ({ hits }) => (hits ? { hits: state.hits } : { song, offset: state.offset, fit: null }));
    if (entry) state = { ...state, ...(entry.hits ? { hits: entry.hits } : { offset: entry.offset }) };
    return entry !== null;
  };
  move(1, 0);
  move(2, 100); // drawn along: one step with the one before
  history.add({ hits: [] }, 200);
  state.hits = [3];
  move(5, 5000);
  assert.ok(go("back"));
  assert.deepEqual(state, { offset: 2, hits: [3] });
  assert.ok(go("back"));
  assert.deepEqual(state, { offset: 2, hits: [] });
  assert.ok(go("forth"));
  assert.deepEqual(state, { offset: 2, hits: [3] });
  assert.equal(go("back", "b"), true); // hit points are of every song
  assert.equal(go("back", "b"), false);
  assert.ok(go("back"));
  assert.deepEqual(state, { offset: 0, hits: [] });
  assert.equal(go("back"), false);
  move(9, 10000);
  assert.equal(go("forth"), false);
});

// Frames as editors count them, the axis of a timeline, and what a drawn song snaps to.

import assert from "node:assert/strict";
import { test } from "node:test";

import { anchorsOf, snapped, targetsOf } from "../../../src/reelscore/web/static/js/laying/snap.js";
import { outline } from "../../../src/reelscore/web/static/js/video/sound-lane.js";
import { filmClock, rateOf, ticks, timecode } from "../../../src/reelscore/web/static/js/video/timecode.js";

test("timecode leaves out numbers where it drops frames, and none where it does not", () => {
  // Ends of minutes: SMPTE ST 12-1 leaves out 00 and 01 of each minute but the tenth ones.
  const rate = 30000 / 1001;
  for (const [frame, text] of [[1799, "00:00:59;29"], [1800, "00:01:00;02"], [17981, "00:09:59;29"], [17982, "00:10:00;00"], [107892, "01:00:00;00"]]) {
    assert.equal(timecode(frame, rate, true), text);
  }
  assert.equal(timecode(3600, 60000 / 1001, true), "00:01:00;04");
  assert.equal(timecode(1800, rate), "00:01:00:00");
  assert.equal(timecode(90_000, 25), "01:00:00:00");
  assert.equal(timecode(119, 120), "00:00:00:119");
});

test("a film counts from its own timecode, and its frames are where a player shows them", () => {
  const film = filmClock({ rate: "25/1", frame_rate: 25, duration: 10.48, picture_start: 0.48, start_frame: 90_000 });
  assert.equal(film.length, "00:00:10:00");
  assert.equal(film.text(0), "01:00:00:00");
  assert.equal(film.text(0.48 + 1), "01:00:01:00");
  assert.equal(film.text(99), "01:00:09:24");
  for (let frame = 0; frame < 250; frame += 1) assert.equal(film.frameAt(film.timeOf(frame)), frame);
  assert.equal(filmClock({ rate: "24000/1001", frame_rate: 23.976, variable_rate: true, duration: 61.5 }).text(61.25), "1:01.25");
  assert.equal(filmClock(null).length, "");
  assert.equal(rateOf("30000/1001").toFixed(3), "29.970");
});

test("an axis is marked at whole seconds, or at frames from near, and never twice with the same words", () => {
  assert.deepEqual(ticks(10, 6, 25).map(({ text }) => text), ["0:00", "0:02", "0:04", "0:06", "0:08", "0:10"]);
  assert.deepEqual(ticks(1, 12, 25).map(({ text }) => text).slice(0, 3), ["0:00:00", "0:00:05", "0:00:10"]);
  for (const duration of [0.4, 3, 14, 61, 599, 7300]) {
    for (const most of [6, 12, 96]) {
      for (const rate of [24000 / 1001, 25, 30000 / 1001]) {
        const words = ticks(duration, most, rate).map(({ text }) => text);
        assert.ok(words.length <= most + 1);
        assert.equal(new Set(words).size, words.length, `${duration} ${most}: ${words}`);
      }
    }
  }
});

test("a song snaps to what matters most of what is near, and to nothing where nothing is", () => {
  const grid = { times: [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4], bars: [0, 2, 4], sections: [{ start: 0 }, { start: 4 }] };
  const song = { duration_seconds: 60, passage: { start: 20, end: 30 } };
  const targets = targetsOf([{ time: 3, kind: "cut", number: 1 }, { time: 8, kind: "hit", number: 2 }]);
  const snap = (offset, scale = 100, within = 0.07) => snapped(offset, anchorsOf(song, grid, scale), targets, within);
  assert.deepEqual(snap(20.05), { offset: 20, words: "passage on the start" });
  assert.deepEqual(snap(-4.03), { offset: -4, words: "section on hit point 2" });
  assert.deepEqual(snap(-1.05), { offset: -1, words: "bar on cut 1" });
  assert.equal(snap(-1.24), null);
  assert.equal(snap(-1.05, 2), null, "from far, bars are nearer to each other than the song could move");
  assert.deepEqual(snapped(0.01, anchorsOf({}, null, 100), targets, 0.07), { offset: 0, words: "start on the start" });
});

test("the outline of a sound is closed and mirrored", () => {
  assert.equal(outline([1, 0]), "M0 0.0L1 0.0L1 50.0L2 50.0L2 50.0L1 50.0L1 100.0L0 100.0Z");
});

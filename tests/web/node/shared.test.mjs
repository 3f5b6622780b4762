// Values as people read them, errors as sentences, paths of views, rows of a long list.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, failureOf } from "../../../src/reelscore/web/static/js/shared/api.js";
import { factsOf, voiceName } from "../../../src/reelscore/web/static/js/shared/facts.js";
import { artists, bytes, clock, counted, percent, plain, tempoText, words } from "../../../src/reelscore/web/static/js/shared/format.js";
import { isTransient, sentence } from "../../../src/reelscore/web/static/js/shared/notice.js";
import { taskStep, timeLeft } from "../../../src/reelscore/web/static/js/shared/progress.js";
import { matchView } from "../../../src/reelscore/web/static/js/shared/router.js";
import { rowsInSight, scrolledHeight } from "../../../src/reelscore/web/static/js/shared/virtual-list.js";
import { checkVideo } from "../../../src/reelscore/web/static/js/video/upload.js";

test("seconds are minutes and seconds, cut and never rounded up", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(59.99), "0:59");
  assert.equal(clock(61), "1:01");
  assert.equal(clock(3725), "62:05");
  assert.equal(clock(-3), "0:00");
  assert.equal(clock(Number.NaN), "–:––");
  assert.equal(clock(undefined), "–:––");
});

test("a tempo without a clear beat is no fact", () => {
  assert.equal(tempoText({ tempo_bpm: 89.6, tempo_confidence: 0.04 }), "≈ 90");
  assert.equal(tempoText({ tempo_bpm: 89.6, tempo_confidence: 0.15 }), "90");
  assert.equal(tempoText({ tempo_bpm: 120 }), "120");
  assert.equal(tempoText({ tempo_bpm: null, tempo_confidence: 0.9 }), "");
  assert.equal(tempoText(), "");
});

test("bytes are given in the unit that fits", () => {
  assert.equal(bytes(999), "999 B");
  assert.equal(bytes(1000), "1 kB");
  assert.equal(bytes(2_345_678), "2.3 MB");
  assert.equal(bytes(5e12), "5000.0 GB");
});

test("a count has its noun, a share its percent, a name its blanks", () => {
  assert.equal(counted(1, "song"), "1 song");
  assert.equal(counted(0, "song"), "0 songs");
  assert.equal(counted(12345, "cut"), "12,345 cuts");
  assert.equal(percent(0.126), "13 %");
  assert.equal(words("motion_curve"), "motion curve");
  assert.equal(artists({ artists: ["A", "B"] }), "A, B");
  assert.equal(artists({}), "");
});

test("a measured value stands on one line, or there is none", () => {
  assert.equal(plain(0), "0");
  assert.equal(plain(1234.5678), "1230");
  assert.equal(plain(true), "yes");
  assert.equal(plain(""), null);
  assert.equal(plain([1, 2]), null);
});

test("facts have names and units, and what is for machines is left out", () => {
  assert.deepEqual(factsOf({ tempo_bpm: 99.96, energy: 0.5, version: 3, new_thing: 7, curve: [1] }), [
    ["Tempo", "100.0 bpm"], ["Energy", "50 of 100"], ["new thing", "7"],
  ]);
  assert.deepEqual(factsOf({ warmth: -0.25 }), [["Warmth", "25 cold"]]);
  assert.deepEqual(factsOf(null), []);
  assert.deepEqual(["sung", "instrumental", "unsure", null].map(voiceName), ["Sung", "Instrumental", "Not sure whether anybody sings", null]);
});

test("a fragment of the server becomes a sentence, and a file keeps its spelling", () => {
  assert.equal(sentence("the file is empty"), "The file is empty.");
  assert.equal(sentence("song.mp3 cannot be read"), "song.mp3 cannot be read.");
  assert.equal(sentence("Really? "), "Really?");
});

test("a failure carries the server's code and words, or says that there were none", () => {
  const told = failureOf(404, { error: { code: "not_found", message: "no such song" } });
  assert.ok(told instanceof ApiError);
  assert.deepEqual([told.code, told.message, told.status], ["not_found", "no such song", 404]);
  assert.equal(failureOf(502, null).code, "unknown");
  assert.ok(isTransient(failureOf(502, null)));
  assert.ok(!isTransient(told));
});

test("long work says how long it will still take", () => {
  const begun = { share: 0.1, at: 1000 };
  assert.equal(timeLeft(begun, 0.1, 60_000), "");
  assert.equal(timeLeft(begun, 0.2, 6_000), ""); // too soon to tell
  assert.equal(timeLeft(begun, 0.2, 61_000), "about 8 minutes left");
  assert.equal(timeLeft(begun, 0.7, 61_000), "about 30 seconds left");
  assert.equal(timeLeft(begun, 0.95, 61_000), "");
});

test("progress is a share once something is counted", () => {
  const task = (changes) => ({ state: "running", cancel_requested: false, progress: { done: 0, total: 0, message: "" }, ...changes });
  assert.deepEqual(taskStep(task({ state: "queued" })), [0, "Waiting for its turn…"]);
  assert.deepEqual(taskStep(task({})), [null, "Starting…"]);
  assert.deepEqual(taskStep(task({ progress: { done: 5, total: 20, message: "hearing" } })), [0.25, "25 % · hearing"]);
  assert.deepEqual(taskStep(task({ progress: { done: 30, total: 20, message: "" } }), "song"), [1, "30 of 20 songs"]);
  assert.deepEqual(taskStep(task({ cancel_requested: true })), [null, "Stopping…"]);
});

test("a path names its view, whole and with its parameters", () => {
  const views = [{ name: "desk", path: "/" }, { name: "song", path: "/songs/:id" }];
  assert.equal(matchView(views, "/").view.name, "desk");
  assert.deepEqual(matchView(views, "/songs/a%20b").parameters, { id: "a b" });
  assert.equal(matchView(views, "/songs/a/b"), null);
  assert.equal(matchView(views, "/nowhere"), null);
});

test("rows around the frame are drawn, never beyond the ends of the list", () => {
  const seen = (top, total = 1000) => rowsInSight({ top, visible: 400, rowHeight: 40, total });
  assert.deepEqual(seen(0), [0, 16]);
  assert.deepEqual(seen(4000), [94, 116]);
  assert.deepEqual(seen(39_600), [984, 999]);
  const [first, last] = seen(0, 0);
  assert.ok(last < first);
});

test("a list too tall for a browser is scrolled faster, and its end is still reached", () => {
  assert.deepEqual(scrolledHeight({ total: 100, rowHeight: 40, visible: 400 }), { full: 4000, scale: 1 });
  const { full, scale } = scrolledHeight({ total: 1_000_000, rowHeight: 40, visible: 400 });
  assert.ok(full < 20_000_000 && scale > 1);
  assert.ok(Math.abs((full - 400) * scale - (40_000_000 - 400)) < 1e-3);
});

test("a video that the server would refuse is not sent", () => {
  assert.throws(() => checkVideo({ name: "a.mp4", size: 0 }, 10), { code: "invalid_input" });
  assert.throws(() => checkVideo({ name: "a.mp4", size: 10_000_001 }, 10), { code: "too_large" });
  checkVideo({ name: "a.mp4", size: 10_000_000 }, 10);
  checkVideo({ name: "a.mp4", size: 1e12 }, undefined);
  assert.throws(() => checkVideo({ name: "shot.0001.EXR", size: 10 }, 10), /shot.0001.EXR is a picture and no film/);
});

test("after signing in only a page of this server is gone to", async () => {
  const { localPath } = await import("../../../src/reelscore/web/static/js/shared/local-path.js");
  const origin = "https://music.example";
  assert.equal(localPath("/library?q=calm", origin), "/library?q=calm");
  for (const text of [null, "", "//evil.example/", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "javascript:alert(1)",
    "https://music.example@evil.example/", "https://music.example.evil.example", "/\t/evil.example", "/..//evil.example", "http://[", "/sign-in"]) {
    assert.equal(localPath(text, origin), "/", String(text));
  }
});

test("the last hour has a value for each minute, and what is older is left out", async () => {
  const { hourOf } = await import("../../../src/reelscore/web/static/js/library/last-hour.js");
  const now = 10_000 * 60 + 30;
  const minutes = [{ began: now - 30, requests: 3 }, { began: now - 30 - 59 * 60, requests: 5 }, { began: now - 30 - 60 * 60, requests: 7 }];
  const hour = hourOf(minutes, "requests", now);
  assert.equal(hour.length, 60);
  assert.deepEqual([hour[59], hour[0], hour.reduce((sum, value) => sum + value)], [3, 5, 8]);
});

test("behind a proxy every address of ours has its root, once", async () => {
  const { at, within } = await import("../../../src/reelscore/web/static/js/shared/root.js");
  assert.deepEqual(["/", "/api/songs", "/music/api/songs", "/music", "//evil.example", "https://x", "#songs"].map((path) => at(path, "/music")),
    ["/music/", "/music/api/songs", "/music/api/songs", "/music", "//evil.example", "https://x", "#songs"]);
  assert.deepEqual(["/music", "/music/", "/music/library", "/musical", "/library"].map((path) => within(path, "/music")),
    ["/", "/", "/library", null, null]);
  assert.equal(at("/library", ""), "/library");
  assert.equal(within("/library", ""), "/library");
});

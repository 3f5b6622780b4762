// How long a song was heard: seconds that sounded, told once a song.

import assert from "node:assert/strict";
import { test } from "node:test";

import { noteHeard } from "../../../src/reelscore/web/static/js/taste/heard.js";

function player() {
  const fake = new EventTarget();
  return Object.assign(fake, { song: null, playing: false, tell(changes) {
    Object.assign(fake, changes);
    fake.dispatchEvent(new Event("change"));
  } });
}

test("seconds that sounded are told when another song comes, pauses left out", () => {
  const told = [];
  let now = 0;
  const fake = player();
  noteHeard(fake, () => "p", { clock: () => now, send: (body) => told.push(body) });
  fake.tell({ song: { id: "a" }, playing: true });
  now = 10;
  fake.tell({ playing: false });
  now = 100;
  fake.tell({ playing: true });
  now = 115;
  fake.tell({ song: { id: "b" } });
  assert.deepEqual(told, [{ song_id: "a", seconds: 25, project_id: "p" }]);
});

test("a song that was hardly heard is not told, and what is left is told when the page goes", () => {
  const told = [];
  let now = 0;
  const fake = player();
  const heard = noteHeard(fake, () => "", { clock: () => now, send: (body) => told.push(body) });
  fake.tell({ song: { id: "a" }, playing: true });
  now = 3;
  fake.tell({ song: { id: "b" } });
  now = 20;
  heard.flush();
  heard.flush();
  assert.deepEqual(told, [{ song_id: "b", seconds: 17, project_id: null }]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { Batch } from "../../../src/reelscore/web/static/js/project/batch.js";
import { nameOf } from "../../../src/reelscore/web/static/js/project/project.js";
import { addressOf } from "../../../src/reelscore/web/static/js/project/recent.js";
import { ApiError } from "../../../src/reelscore/web/static/js/shared/api.js";

test("a project is called like its film", () => {
  assert.equal(nameOf("Häfen final.v2.mov"), "Häfen final.v2");
  assert.equal(nameOf(".mov"), "Film");
  assert.equal(nameOf("a".repeat(300)).length, 200);
});

test("a project goes on with its last question, if that is about a film of it", () => {
  const films = [{ analysis_id: null, name: "far.mov" }, { analysis_id: "a", name: "x y.mp4" }, { analysis_id: "b", name: "" }];
  const project = { id: "p", films, search: "?analysis=b&phrase=1+calm&project=old" };
  assert.equal(addressOf(project), "/?analysis=b&phrase=1+calm&project=p");
  assert.equal(addressOf({ ...project, search: "" }), "/?analysis=a&video=x+y.mp4&project=p");
  assert.equal(addressOf({ ...project, search: "?analysis=c" }), "/?analysis=a&video=x+y.mp4&project=p");
  assert.equal(addressOf({ ...project, films: films.slice(0, 1) }), "/?project=p");
});

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test("films of a batch are sent one after the other, and a fault stops none of the others", async () => {
  const told = [];
  let faulty = true;
  const batch = new Batch({
    limits: () => ({ max_upload_mb: 1 }),
    join: async (project, film) => void told.push([project, film]),
    onJoined: (id, file, copy) => told.push([id, file.name, copy]),
    upload: async (file, { onProgress }) => {
      onProgress(1, 2);
      if (faulty && file.name === "2.mov") throw new ApiError("unreachable", "the server does not answer");
      return { task_id: `t${file.name}`, film: null };
    },
    follow: async (task) => task === "t3.mov"
      ? { state: "failed", error: { code: "unreadable_media", message: "no film" } }
      : { state: "succeeded", result: { analysis_id: `a ${task}`, analysis: { measurements: { duration: 9 } } } },
  });
  const files = ["1.mov", "2.mov", "3.mov", "4.mov"].map((name) => ({ name, size: 10 }));
  batch.add("p", [...files, { name: "large.mov", size: 2e6 }], { held: true });
  await settle();
  assert.deepEqual([told.length, batch.entries.length], [0, 5]); // the film before them is not there yet
  batch.release();
  await settle();
  const failed = batch.of("p").map(({ file, fault }) => [file.name, fault]);
  assert.deepEqual(failed.map(([name]) => name), ["2.mov", "3.mov", "large.mov"]);
  assert.match(failed[2][1], /larger than the 1 MB/);
  assert.deepEqual(told, [
    ["p", { name: "1.mov", analysis_id: "a t1.mov", duration: 9 }], ["a t1.mov", "1.mov", null],
    ["p", { name: "4.mov", analysis_id: "a t4.mov", duration: 9 }], ["a t4.mov", "4.mov", null],
  ]);
  faulty = false;
  batch.retry(batch.entries[0]);
  batch.remove(batch.entries.at(-1));
  await settle();
  assert.deepEqual(batch.entries.map(({ file }) => file.name), ["3.mov"]);
  assert.deepEqual(batch.of("other"), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { nameOf } from "../../../src/reelscore/web/static/js/project/project.js";
import { addressOf } from "../../../src/reelscore/web/static/js/project/recent.js";

test("a project is called like its film", () => {
  assert.equal(nameOf("Häfen final.v2.mov"), "Häfen final.v2");
  assert.equal(nameOf(".mov"), "Film");
  assert.equal(nameOf("a".repeat(300)).length, 200);
});

test("a project goes on with its last question, if that is about its film", () => {
  const project = { id: "p", analysis_id: "a", film: "x y.mp4", search: "?analysis=a&phrase=1+calm&project=old" };
  assert.equal(addressOf(project), "/?analysis=a&phrase=1+calm&project=p");
  assert.equal(addressOf({ ...project, search: "" }), "/?analysis=a&video=x+y.mp4&project=p");
  assert.equal(addressOf({ ...project, search: "?analysis=b" }), "/?analysis=a&video=x+y.mp4&project=p");
});

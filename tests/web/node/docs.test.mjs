// Examples of the reference, made from a schema.

import assert from "node:assert/strict";
import { test } from "node:test";

import { exampleOf, resolve, typeOf } from "../../../src/reelscore/web/static/js/docs/schema.js";

const api = {
  components: {
    schemas: {
      Song: { type: "object", properties: { id: { type: "string", example: "s1" }, year: { type: "integer", minimum: 1900 }, tags: { type: "array", items: { type: "string" } } } },
      "a/b": { type: "boolean" },
      Again: { $ref: "#/components/schemas/Song" },
      Tree: { type: "object", properties: { child: { $ref: "#/components/schemas/Tree" } } },
    },
  },
};
const song = { $ref: "#/components/schemas/Song" };

test("references are followed, through others and with escaped names", () => {
  assert.equal(resolve(api, { $ref: "#/components/schemas/Again" }), api.components.schemas.Song);
  assert.equal(resolve(api, { $ref: "#/components/schemas/a~1b" }).type, "boolean");
  assert.deepEqual(resolve(api, undefined), {});
});

test("an example is the schema's own before one that is made up", () => {
  assert.deepEqual(exampleOf(api, song), { id: "s1", year: 1900, tags: [] });
  assert.equal(exampleOf(api, { type: "string", examples: ["one", "two"] }), "one");
  assert.equal(exampleOf(api, { const: 5 }), 5);
  assert.equal(exampleOf(api, { type: "integer", default: 30 }), 30);
  assert.equal(exampleOf(api, { enum: ["a", "b"] }), "a");
  assert.equal(exampleOf(api, { type: "string", format: "binary" }), "(a file)");
});

test("what may be missing is shown missing, unless it has an example", () => {
  assert.equal(exampleOf(api, { anyOf: [{ type: "string" }, { type: "null" }] }), null);
  assert.equal(exampleOf(api, { anyOf: [{ type: "string", example: "x" }, { type: "null" }] }), "x");
});

test("a schema that holds itself ends", () => {
  assert.ok(JSON.stringify(exampleOf(api, { $ref: "#/components/schemas/Tree" })).length < 200);
});

test("a type is said with its range", () => {
  assert.equal(typeOf(api, { type: "integer", minimum: 1, maximum: 9 }), "integer, from 1, to 9");
  assert.equal(typeOf(api, { anyOf: [{ type: "string", maxLength: 4 }, { type: "null" }] }), "string, at most 4 characters or null");
  assert.equal(typeOf(api, {}), "any");
});

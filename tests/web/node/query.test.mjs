// The address bar holds a question whole: what is written is read back as it was.

import assert from "node:assert/strict";
import { test } from "node:test";

import { countChoices, formatFilters, parseFilters } from "../../../src/reelscore/web/static/js/filters/form.js";
import { filterOf, useTable, withoutOrphans } from "../../../src/reelscore/web/static/js/filters/table.js";
import { asked, changed, formatQuery, parseQuery } from "../../../src/reelscore/web/static/js/query/query.js";
import { wordsRead } from "../../../src/reelscore/web/static/js/query/words-read.js";

const lines = (kinds) => Object.entries(kinds).map(([name, kind]) => ({ name, kind }));
useTable({
  filters: [
    ...lines({ genres: "names", moods: "names", tempo_bpm: "span", energy: "span", year: "span", vocals: "flag", key: "key" }),
    { name: "tempo_tolerance", kind: "number", needs: "tempo_bpm" },
    { name: "half_double", kind: "switch", needs: "tempo_bpm" },
  ],
  options: lines({ names: "switch", artist_cap: "count", sync: "number" }),
});

const read = (text) => parseFilters(new URLSearchParams(text));

function written(filters) {
  const out = new URLSearchParams();
  formatFilters(filters, (name, value) => out.append(name, String(value)));
  return out;
}

test("an empty address is the start", () => {
  assert.deepEqual(parseQuery(""), { kind: "start", wishes: null, about: "", guide: "", like: "", unlike: [], filters: {}, options: {} });
  assert.equal(parseQuery("?q=%20").kind, "start");
  assert.equal(formatQuery(parseQuery("")), "/");
});

for (const address of [
  "/?q=calm+piano",
  "/?song=abc&unlike=d&unlike=e",
  "/?file=my+song.mp3",
  "/?task=17&video=a%26b.mp4",
  "/?analysis=9&video=cut.mov&demo=clip&about=wedding%2C+sea&guide=no+drums&like=x",
  "/?analysis=9&phrase=0.8+calm+piano&avoid=1+drums&tempo=90-110&energy=0.4",
  "/?analysis=9&phrase=1+strings&tempo=any&energy=any",
  "/?q=a&genres=jazz&genres=rock&tempo_bpm=100-130&vocals=no&names=yes&artist_cap=2",
]) {
  test(`an address is read and written again: ${address}`, () => {
    assert.equal(formatQuery(parseQuery(address.slice(1))), address);
  });
}

test("phrases have weights within bounds, and one without a weight counts whole", () => {
  const { wishes } = parseQuery("?analysis=1&phrase=99+loud&phrase=0+still&phrase=just+words&phrase=+");
  assert.deepEqual(wishes.phrases, [{ text: "loud", weight: 10 }, { text: "still", weight: 0.01 }, { text: "just words", weight: 1 }]);
  assert.deepEqual([wishes.tempo, wishes.energy], [null, null]);
});

test("a tempo that is written the wrong way round is turned, one that is none is any", () => {
  assert.deepEqual(parseQuery("?analysis=1&tempo=120-90").wishes.tempo, [90, 120]);
  assert.equal(parseQuery("?analysis=1&tempo=fast").wishes.tempo, null);
  assert.equal(parseQuery("?analysis=1&energy=1.5").wishes.energy, null);
  assert.equal(parseQuery("?analysis=1&energy=0").wishes.energy, 0);
});

test("a new question keeps filters, a changed one keeps the rest too", () => {
  const before = parseQuery("?q=a&like=x&genres=jazz&artist_cap=2");
  const next = asked(before, { kind: "song", id: "s" });
  assert.deepEqual([next.like, next.filters, next.options], ["", { genres: ["jazz"] }, { artist_cap: 2 }]);
  assert.equal(changed(before, { like: "y" }).text, "a");
});

test("filters are read in the forms of the API", () => {
  assert.deepEqual(read("tempo_bpm=120&energy_range=0.2..0.6&vocals=yes&key=1"), {
    tempo_bpm: 120, energy: "0.2..0.6", vocals: true, key: "1",
  });
  assert.deepEqual(read("genres=&moods=happy&moods=&year=1990-1999"), { moods: ["happy"], year: "1990-1999" });
  assert.deepEqual(read("nothing=known"), {});
});

test("filters are written so that they are read as they were", () => {
  const filters = { genres: ["a", "b"], energy: "0.2..0.6", tempo_bpm: 99.5, half_double: true, vocals: false };
  assert.deepEqual(parseFilters(written(filters)), filters);
  assert.equal(written({ year: [1990, null] }).get("year"), "1990..");
});

test("what only refines another filter is not counted", () => {
  assert.equal(countChoices({ filters: { tempo_bpm: 100, tempo_tolerance: 5, half_double: true }, options: { names: false } }), 2);
});

test("what refines a filter goes with it", () => {
  const filters = { genres: ["jazz"], tempo_tolerance: 5, half_double: true };
  assert.deepEqual(withoutOrphans(filters), { genres: ["jazz"] });
  assert.deepEqual(withoutOrphans({ ...filters, tempo_bpm: 100 }), { ...filters, tempo_bpm: 100 });
  assert.equal(filterOf("nothing"), undefined);
});

test("words are told where some were guessed, left out, or names of composers that stand for a description", () => {
  assert.equal(wordsRead({ understood: ["calm", "piano"], guessed: [], unknown: [], described: [] }), "understood: calm, piano");
  assert.equal(wordsRead(undefined), "");
  assert.equal(
    wordsRead({ understood: [], guessed: [], unknown: [], described: ["Hans Zimmer: epic orchestral, ostinato"] }),
    "not in this library, read as a description: Hans Zimmer: epic orchestral, ostinato",
  );
  assert.equal(
    wordsRead({ understood: ["fast"], guessed: ["chase"], unknown: ["quux"], described: [] }),
    "understood: fast; guessed: chase; not understood: quux",
  );
  assert.equal(
    wordsRead({ understood: ["fast", "guitar"], language: "German" }),
    "this reads as German; understood: fast, guitar",
  );
});

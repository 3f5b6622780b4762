// Blends, paths and sets: several things asked with together, songs in an order, and a playlist of them.

import { request, searchSongs } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { errorNotice } from "../shared/notice.js";
import { at } from "../shared/root.js";
import { songRows } from "../song/rows.js";
import { readPart, songCalled, stepInWords } from "./parts.js";

const HOW = "A song's title, artist:NAME, saved:NAME, or words; a weight behind it: =0.5";

const text = (name, label, hint = "", lines = 1) => ({ name, label, hint, lines, value: "" });
const number = (label, value) => ({ name: "count", label, hint: "", lines: 0, value });

/** What each kind asks for and how it is asked. */
const KINDS = {
  blend: {
    label: "Blend",
    about: "Songs for several things together, less others.",
    fields: [
      text("with", "With, one a line", HOW, 4),
      text("without", "Without, one a line", "Likewise", 2),
      number("Songs", "20"),
    ],
    async ask(values, signal) {
      const parts = [...values.with.split("\n").map((line) => readPart(line)), ...values.without.split("\n").map((line) => readPart(line, -1))];
      const blend = await Promise.all(parts.filter(Boolean).map(async (part) => ({ ...(await named(part, signal)), weight: part.weight })));
      const answer = await request("/api/recommendations/search", { method: "POST", json: { blend, limit: count(values) }, signal });
      return { songs: answer.data, words: [], notes: answer.notes, removed: answer.query.removed ?? [] };
    },
  },
  path: {
    label: "Path",
    about: "Songs that lead from one song or mood to another in even steps.",
    fields: [
      text("from", "From", "A song's title, or words"),
      text("to", "To", "Likewise"),
      number("Songs between them", "8"),
    ],
    async ask(values, signal) {
      const [start, end] = await Promise.all([values.from, values.to].map((typed) => question(typed, signal)));
      return walk(await request("/api/recommendations/path", { method: "POST", json: { start, end, steps: count(values) }, signal }));
    },
  },
  set: {
    label: "Set",
    about: "Songs for some words, in an order in which neighbours mix.",
    fields: [
      text("words", "Words"),
      number("Songs", "20"),
    ],
    async ask(values, signal) {
      return walk(await request("/api/recommendations/set", { method: "POST", json: { query: { text: values.words, limit: count(values) } }, signal }));
    },
  },
};

const count = ({ count: number }) => Number(number) || 10;

function walk({ data }) {
  return { songs: data.songs, words: ["", ...data.steps.map(stepInWords)], notes: data.notes, removed: [] };
}

/** A part with the song that it names, if it names one. */
async function named({ kind, name }, signal) {
  if (kind !== "text" && kind !== "song") return { [kind]: name };
  const song = songCalled(name, (await searchSongs(name, 20, signal)).data);
  return song ? { song: song.id } : { [kind]: name };
}

async function question(text, signal) {
  const { song, text: words } = await named({ kind: "text", name: text.trim() }, signal);
  return song ? { song_id: song } : { text: words };
}

/** The view. Its address has the kind and what was typed. */
export function mount(place, { player, navigate }) {
  let current = new AbortController();
  let kind = "";
  let songs = [];
  const fields = el("div", { class: "add-fields" });
  const state = el("div", { role: "status" });
  const take = el("div", { class: "button-row", hidden: true }, playlistButton("m3u8", "Playlist (M3U8)"), playlistButton("xspf", "Playlist (XSPF)"));
  let words = [];
  const rows = songRows(player, { label: "Songs", about: (song) => words[songs.indexOf(song)] ?? "" });
  const choices = Object.entries(KINDS).map(([name, { label }]) => {
    const input = el("input", { type: "radio", name: "kind", value: name });
    input.addEventListener("change", () => navigate(`/mixes?kind=${name}`));
    return el("label", { class: "check" }, input, label);
  });
  const form = el("form", { class: "card padded add-form" },
    el("fieldset", {}, el("legend", { class: "field-label" }, "What to make"), el("div", { class: "checks" }, choices)),
    fields, el("div", { class: "button-row" }, el("button", { class: "button primary", type: "submit" }, "Find songs")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(KINDS[kind].fields.map(({ name }) => [name, form.elements[name].value]));
    navigate(`/mixes?${new URLSearchParams({ kind, ...typed })}`);
  });
  const answer = el("section", { class: "card padded", "aria-label": "Songs", hidden: true }, state, take, rows.element);
  place.append(el("header", { class: "view-head" }, el("h1", {}, "Mixes"), el("p", {}, "Blends, paths and sets of songs.")),
    form, answer);

  function choose(name, typed) {
    kind = name;
    form.elements.kind.value = name;
    fields.replaceChildren(el("p", {}, KINDS[name].about), ...KINDS[name].fields.map((field) => fieldOf(field, typed)));
  }

  async function ask(values) {
    answer.hidden = false;
    state.replaceChildren(el("p", { class: "hint" }, "Looking for songs…"));
    try {
      const found = await KINDS[kind].ask(values, current.signal);
      ({ songs, words } = found);
      rows.show(songs);
      take.hidden = songs.length === 0;
      state.replaceChildren(el("p", {}, counted(songs.length, "song")),
        ...found.notes.map((note) => el("p", { class: "hint" }, note)),
        ...found.removed.map((gone) => el("p", { class: "hint" }, `Left for “${gone.by}”: ${gone.title}`)));
    } catch (error) {
      if (error.name !== "AbortError") fail(error, values);
    }
  }

  function fail(error, values) {
    songs = [];
    rows.show(songs);
    take.hidden = true;
    state.replaceChildren(errorNotice(error, [["Try again", () => ask(values)]]));
  }

  function playlistButton(to, label) {
    return el("button", { class: "button", type: "button", on: { click: () => download(to).catch((error) => state.append(errorNotice(error))) } }, label);
  }

  async function download(to) {
    const body = JSON.stringify({ song_ids: songs.map(({ id }) => id), to, title: KINDS[kind].label });
    const response = await fetch(at("/api/playlists"), { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!response.ok) throw (await response.json()).error;
    const link = el("a", { download: `${kind}.${to}` });
    link.href = URL.createObjectURL(await response.blob());
    link.click();
    URL.revokeObjectURL(link.href);
  }

  return {
    show(address) {
      document.title = "Mixes – reelscore";
      current.abort();
      current = new AbortController();
      const given = Object.fromEntries(address.searchParams);
      choose(KINDS[given.kind] ? given.kind : "blend", given);
      const first = KINDS[kind].fields[0].name;
      if (given[first]) ask({ ...Object.fromEntries(KINDS[kind].fields.map(({ name, value }) => [name, value ?? ""])), ...given });
      else answer.hidden = true;
    },
    hide() {
      current.abort();
    },
  };
}

function fieldOf({ name, label, hint, lines, value }, typed) {
  const id = `mix-${name}`;
  const shared = { class: "field", id, name, required: name !== "without" };
  const box = lines > 1 ? el("textarea", { ...shared, rows: String(lines), spellcheck: "false" })
    : lines ? el("input", { ...shared, type: "text", maxlength: "200" })
      : el("input", { ...shared, type: "number", min: "1", max: "50" });
  box.value = typed[name] ?? value;
  return el("div", {}, el("label", { class: "field-label", for: id }, label), box, hint && el("p", { class: "hint" }, hint));
}

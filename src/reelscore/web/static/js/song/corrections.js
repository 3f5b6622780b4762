// What somebody knows better of a song: a form whose fields count more than tags and measurements.

import { el } from "../shared/dom.js";
import { correctSong } from "../shared/library-api.js";
import { errorNotice } from "../shared/notice.js";

// Field, its label, and what stands there without a correction.
const TEXTS = [
  ["title", "Title", (song) => song.title],
  ["genre", "Genre", (song) => song.genre],
  ["tempo", "Tempo, bpm (or x2, /2)", (song) => song.features?.tempo_bpm?.toFixed(1)],
  ["key", "Key", (song) => song.features?.key],
  ["moods", "Moods, with commas between", () => null],
  ["licence", "Licence", (song) => song.licence],
];
const VOICES = [["", "as heard"], ["true", "Sung"], ["false", "Instrumental"]];

/** The form, folded; `changed` is called once something was kept. */
export function correctionsForm(song, changed) {
  const known = song.corrections ?? {};
  const inputs = new Map();
  const rows = TEXTS.map(([name, label, present]) => {
    const input = el("input", { class: "field", id: `correct-${name}`, maxlength: 1000, autocomplete: "off", placeholder: present(song) ?? "unknown" });
    input.value = shown(known[name]);
    inputs.set(name, input);
    return el("div", {}, el("label", { class: "field-label", for: input.id }, label), input);
  });
  const voice = el("select", { class: "field", id: "correct-vocals" }, VOICES.map(([value, text]) => el("option", { value }, text)));
  voice.value = shown(known.vocals);
  inputs.set("vocals", voice);
  const notices = el("div");
  const form = el("form", { class: "corrections" },
    rows,
    el("div", {}, el("label", { class: "field-label", for: voice.id }, "Voice"), voice),
    el("p", { class: "field-hint" }, "An empty field takes the correction back."),
    el("button", { class: "button", type: "submit" }, "Keep"),
    notices);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = correctionsOf(known, (name) => inputs.get(name).value);
    try {
      if (Object.keys(values).length) await correctSong(song.id, values);
      await changed();
    } catch (error) {
      notices.replaceChildren(errorNotice(error));
    }
  });
  return el("details", { class: "correct" }, el("summary", {}, "Correct"), form);
}

/** What is to be sent: the fields that were changed, and null for those that were emptied. */
function correctionsOf(known, valueOf) {
  const values = {};
  for (const name of [...TEXTS.map(([field]) => field), "vocals"]) {
    const text = valueOf(name).trim();
    if (text === shown(known[name])) continue;
    values[name] = text === "" ? null : read(name, text);
  }
  return values;
}

function read(name, text) {
  if (name === "vocals") return text === "true";
  if (name === "moods") return text.split(",").map((mood) => mood.trim()).filter(Boolean);
  return text;
}

function shown(value) {
  return Array.isArray(value) ? value.join(", ") : value === undefined || value === null ? "" : String(value);
}

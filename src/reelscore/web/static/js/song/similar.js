// What is like a song, with a few wishes that narrow it down.

import { el } from "../shared/dom.js";
import { tempoText } from "../shared/format.js";
import { songsLike } from "../shared/library-api.js";
import { errorNotice } from "../shared/notice.js";
import { songRows } from "./rows.js";

const COUNT = 12;

/** The wishes: their words, whether they make sense for a song, and the filters that they mean. */
const WISHES = [
  ["tempo", "Near its tempo", (song) => song.features?.tempo_bpm, (song) => ({ tempo_bpm: song.features.tempo_bpm, tempo_tolerance: 6, half_double: true })],
  ["key", "In a key that mixes", (song) => song.features?.key, (song) => ({ key: song.features.key, compatible_keys: true })],
  ["genre", "Of its genre", (song) => song.genre, (song) => ({ genres: [song.genre] })],
  ["vocals", "Without singing", () => true, () => ({ vocals: false })],
];

/** The section; it asks by itself. */
export function similarSongs(song, { player, signal }) {
  const chosen = new Set();
  const rows = songRows(player, { label: `Songs like ${song.title}`, about: (item) => (item.features?.tempo_bpm ? `${tempoText(item.features)} bpm` : "") });
  const state = el("div", { role: "status" });
  let asked = 0;

  async function ask() {
    const number = (asked += 1);
    const filters = Object.assign({}, ...WISHES.filter(([name]) => chosen.has(name)).map(([, , , filter]) => filter(song)));
    try {
      const answer = await songsLike(song.id, { limit: COUNT, filters }, signal);
      if (number !== asked) return;
      rows.show(answer.data);
      state.replaceChildren(answer.data.length ? "" : el("p", { class: "hint" }, "No song meets all of this. Take one of the wishes back."));
    } catch (error) {
      if (error.name !== "AbortError" && number === asked) state.replaceChildren(errorNotice(error, [["Try again", ask]]));
    }
  }

  const boxes = WISHES.filter(([, , makesSense]) => makesSense(song)).map(([name, label]) => {
    const box = el("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(name);
      else chosen.delete(name);
      ask();
    });
    return el("label", { class: "check" }, box, label);
  });
  ask();
  return el("section", { class: "card padded", "aria-label": "Like it" },
    el("h2", {}, "Like it"), el("div", { class: "checks" }, boxes), state, rows.element);
}

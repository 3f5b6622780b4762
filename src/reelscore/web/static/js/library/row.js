// One row of the library's list: built once, then filled with one song after another.

import { el } from "../shared/dom.js";
import { artists, tempoText } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { at } from "../shared/root.js";

/** The columns: name of the order that the head switches to, its words, and what a cell shows. */
export const COLUMNS = [
  { sort: "title", label: "Title", ends: ["A to Z", "Z to A"] },
  { sort: "artist", label: "Artist", ends: ["A to Z", "Z to A"], show: artists },
  { sort: "album", label: "Album", ends: ["A to Z", "Z to A"], show: (song) => song.album },
  { sort: "genre", label: "Genre", ends: ["A to Z", "Z to A"], show: (song) => song.genre },
  { sort: "duration", label: "Length", ends: ["shortest first", "longest first"], show: (song) => song.duration, number: true },
  { sort: "tempo", label: "Tempo", ends: ["slowest first", "fastest first"], show: (song) => tempoText(song.features ?? {}), number: true },
  { sort: "key", label: "Key", ends: ["A to Z", "Z to A"], show: (song) => song.features?.key },
  { sort: "energy", label: "Energy", ends: ["calmest first", "most energetic first"], show: (song) => rounded(song.features?.energy, 100), number: true },
  { sort: "added", label: "Added", ends: ["oldest first", "newest first"], show: (song) => song.added_at?.slice(0, 10) },
];

const rounded = (value, factor = 1) => (typeof value === "number" ? String(Math.round(value * factor)) : "");
const parts = new WeakMap(); // row -> the nodes that change

/** An empty row; `onPlay(index)` is called with the row that it shows then. */
export function makeRow(onPlay) {
  const play = el("button", { class: "row-play", type: "button", tabindex: "-1" });
  const link = el("a", { class: "row-title", tabindex: "-1" });
  const cells = COLUMNS.slice(1).map((column) => el("span", { role: "gridcell", class: `cell ${column.sort}` }));
  const row = el("div", { class: "list-row", role: "row", tabindex: "-1" },
    el("span", { role: "gridcell", class: "cell play" }, play),
    el("span", { role: "gridcell", class: "cell title" }, link),
    cells);
  const own = { play, link, cells, id: "", drawn: "" };
  parts.set(row, own);
  play.addEventListener("click", () => onPlay(Number(row.dataset.index)));
  return row;
}

/** Make a row show a song, or that it is on its way. */
export function fillRow(row, index, song, { active, current, playing }) {
  const own = parts.get(row);
  row.dataset.index = String(index);
  row.setAttribute("aria-rowindex", String(index + 2)); // the head is the first
  row.tabIndex = index === active ? 0 : -1;
  const id = song?.id ?? "";
  if (own.id !== id || !song) {
    own.id = id;
    row.classList.toggle("waiting-row", !song);
    own.link.textContent = song ? song.title : "…";
    if (song) own.link.href = at(`/songs/${encodeURIComponent(song.id)}`);
    else own.link.removeAttribute("href");
    own.cells.forEach((cell, place) => {
      cell.textContent = song ? (COLUMNS[place + 1].show(song) ?? "") : "";
    });
  }
  const state = current ? (playing ? "playing" : "current") : "none";
  const name = song?.title ?? "";
  if (own.drawn === state + name) return;
  own.drawn = state + name;
  row.classList.toggle("current", current);
  own.play.replaceChildren(icon(state === "playing" ? "pause" : "play"));
  own.play.setAttribute("aria-label", `${state === "playing" ? "Pause" : "Play"} ${name || "the song"}`);
  own.play.disabled = !song;
}

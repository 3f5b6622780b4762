// A song as the question: found in the library as one types, or an audio file of this computer.

import { searchSongs } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";
import { artists } from "../shared/format.js";
import { sentence } from "../shared/notice.js";

const OPTIONS = 8;
const PAUSE_MS = 150;

/** Wire up the song search; `onPick(song)` and `onFile(file)` are called with the choice. */
export function mountSongDesk({ onPick, onFile }) {
  const input = byId("song-input");
  const list = byId("song-options");
  const file = byId("song-file");
  let songs = [];
  let active = -1;
  let timer = 0;
  let asking = null;

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function open(rows) {
    list.replaceChildren(...rows);
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    activate(-1);
  }

  function activate(index) {
    active = index;
    [...list.querySelectorAll("[role=option]")].forEach((row, at) => {
      row.setAttribute("aria-selected", String(at === index));
      if (at === index) {
        input.setAttribute("aria-activedescendant", row.id);
        row.scrollIntoView({ block: "nearest" });
      }
    });
    if (index < 0) input.removeAttribute("aria-activedescendant");
  }

  function pick(song) {
    input.value = song.title;
    close();
    onPick(song);
  }

  async function search() {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await searchSongs(input.value.trim(), OPTIONS, asking.signal);
      songs = answer.data;
      open(songs.length ? songs.map((song, index) => option(song, index, pick)) : [message(emptyText(input.value))]);
    } catch (error) {
      if (error.name === "AbortError") return;
      songs = [];
      open([message(sentence(error.message))]);
    }
  }

  function searchSoon(pause) {
    clearTimeout(timer);
    timer = setTimeout(search, pause);
  }

  input.addEventListener("input", () => searchSoon(PAUSE_MS));
  input.addEventListener("focus", () => searchSoon(0));
  input.addEventListener("click", () => list.hidden && searchSoon(0));
  input.addEventListener("blur", close);
  // The list must not take the focus from the box, or the blur would close it before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && !list.hidden && songs.length) pick(songs[Math.max(0, active)]);
    else if (event.key === "ArrowDown" && list.hidden) searchSoon(0);
    else if (event.key === "ArrowDown" && songs.length) activate((active + 1) % songs.length);
    else if (event.key === "ArrowUp" && songs.length) activate(active <= 0 ? songs.length - 1 : active - 1);
    else return;
    event.preventDefault();
  });
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.value = ""; // so that the same file can be chosen again
    if (chosen) onFile(chosen);
  });

  return {
    show(title) {
      input.value = title;
    },
  };
}

function option(song, index, pick) {
  const by = artists(song);
  return el("li", { class: "option", role: "option", id: `song-option-${index}`, "aria-selected": "false", on: { click: () => pick(song) } },
    el("span", { class: "name" }, by ? `${song.title} – ${by}` : song.title),
    el("span", { class: "about" }, song.duration));
}

function message(text) {
  return el("li", { class: "empty", role: "presentation" }, text);
}

function emptyText(searched) {
  return searched.trim() ? `No song matches “${searched.trim()}”.` : "The library has no songs yet.";
}

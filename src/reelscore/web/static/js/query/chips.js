// What a question holds beside its main part, as chips that take it out again: songs to lean to or away from, filters.

import { filterOf, withoutOrphans } from "../filters/table.js";
import { song as readSong } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";
import { words } from "../shared/format.js";
import { icon } from "../shared/icons.js";

const titles = new Map(); // song id -> title

/** Remember what a song is called, so that its chip needs no request. */
export function rememberTitle(song) {
  titles.set(song.id, song.title);
}

/** Wire up the chips; `onChange(changes)` is called with what a question is without one. */
export function mountChips(onChange) {
  const place = byId("question-chips");

  function show(query) {
    const chips = [];
    if (query.like) chips.push(songChip("Like", query.like, () => onChange({ like: "" })));
    for (const id of query.unlike) {
      chips.push(songChip("Not like", id, () => onChange({ unlike: query.unlike.filter((other) => other !== id) })));
    }
    for (const [name, value] of Object.entries(query.filters)) {
      const { [name]: _, ...rest } = query.filters;
      chips.push(chip(filterText(name, value), () => onChange({ filters: withoutOrphans(rest) })));
    }
    for (const [name, value] of Object.entries(query.options)) {
      const { [name]: _, ...rest } = query.options;
      chips.push(chip(`${words(name)}: ${value}`, () => onChange({ options: rest })));
    }
    place.replaceChildren(...chips);
    place.hidden = chips.length === 0;
  }

  return { show };
}

function chip(content, onRemove) {
  const text = el("span", {}, content);
  const button = el("button", { type: "button", title: "Remove", on: { click: onRemove } }, icon("close"), el("span", { class: "visually-hidden" }, "Remove"));
  return el("li", { class: "chip removable" }, text, button);
}

function songChip(what, id, onRemove) {
  const item = chip(`${what} “${titles.get(id) ?? "a song"}”`, onRemove);
  if (!titles.has(id)) {
    readSong(id).then((song) => {
      rememberTitle(song);
      item.querySelector("span").textContent = `${what} “${song.title}”`;
    }, () => {}); // the answer itself says that there is no such song
  }
  return item;
}

function filterText(name, value) {
  const { kind, label = words(name), words: said = [] } = filterOf(name) ?? {};
  const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
  if (kind === "flag") return lower(said[value ? 0 : 1]);
  if (kind === "switch") return lower(label);
  return `${lower(label)}: ${Array.isArray(value) ? value.join(" or ") : value}`;
}

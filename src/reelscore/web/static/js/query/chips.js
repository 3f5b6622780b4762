// What a question holds beside its main part, as chips that take it out again: songs to lean to or away from, filters.

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

const NAMES = { tempo_bpm: "tempo", not_tags: "not heard", tags: "heard", not_artists: "not by", artists: "by", duration: "length", genres: "genre", moods: "mood", sources: "source" };

function filterText(name, value) {
  if (name === "vocals") return value ? "sung" : "instrumental";
  if (name === "half_double") return "half and double tempo too";
  if (name === "compatible_keys") return "keys that mix well too";
  if (name === "tempo_tolerance") return `tempo ± ${value} %`;
  const text = Array.isArray(value) ? value.join(" or ") : String(value);
  return `${NAMES[name] ?? words(name)}: ${text}`;
}

/** What says nothing without another field goes with it. */
function withoutOrphans(filters) {
  const { tempo_tolerance: tolerance, half_double: half, compatible_keys: mixing, ...rest } = filters;
  return {
    ...rest,
    ...(rest.tempo_bpm !== undefined && tolerance !== undefined ? { tempo_tolerance: tolerance } : {}),
    ...(rest.tempo_bpm !== undefined && half ? { half_double: half } : {}),
    ...(rest.key !== undefined && mixing ? { compatible_keys: mixing } : {}),
  };
}

// What a point of the map is coloured by, and the legend that says so. Colours are those of the theme.

import { el } from "../shared/dom.js";

export const WAYS = [
  ["group", "Genre"],
  ["tempo", "Tempo"],
  ["energy", "Energy"],
];

const SLOW = 60;
const FAST = 180;

/** A colour of the theme as [red, green, blue]. */
function token(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
}

/** 256 colours, packed as a canvas keeps them, for the byte that a song has in a plane. */
export function paletteOf(way) {
  const pack = ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  const palette = new Uint32Array(256).fill(pack(token("--map-0")));
  if (way === "group") {
    for (let group = 1; group <= 10; group += 1) palette[group] = pack(token(`--map-${group}`));
    return palette;
  }
  const [low, middle, high] = ["--ramp-low", "--ramp-mid", "--ramp-high"].map(token);
  for (let value = 1; value < 256; value += 1) {
    const share = way === "tempo" ? Math.min(1, Math.max(0, (value - SLOW) / (FAST - SLOW))) : (value - 1) / 254;
    const [from, to, part] = share < 0.5 ? [low, middle, share * 2] : [middle, high, share * 2 - 1];
    palette[value] = pack(from.map((channel, at) => Math.round(channel + (to[at] - channel) * part)));
  }
  return palette;
}

/** The legend of a way to colour. */
export function legendOf(way, groups) {
  if (way === "group") {
    const names = [...groups.map((name, at) => [name, at + 1]), ["not known", 0]];
    return el("ul", { class: "map-legend" },
      names.map(([name, group]) => el("li", {}, el("span", { class: "dot", "data-group": group, "aria-hidden": "true" }), name)));
  }
  const [low, high] = way === "tempo" ? [`${SLOW} bpm or less`, `${FAST} bpm or more`] : ["calm", "energetic"];
  return el("p", { class: "map-legend" }, el("span", {}, low), el("span", { class: "ramp", "aria-hidden": "true" }), el("span", {}, high));
}

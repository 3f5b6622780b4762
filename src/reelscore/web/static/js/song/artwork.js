// The cover of a song: from its store, from its file, or a picture of our own that is always the same.

import { part } from "../shared/api.js";
import { el, svg } from "../shared/dom.js";
import { at } from "../shared/root.js";

/** An element with the cover of a song; purely decorative, since title and artist stand beside it. */
export function artwork(song) {
  const store = Object.values(song.thumbnails ?? {}).find((text) => /^https:\/\//.test(text));
  const ownFile = song.uri && !/^\w+:\/\//.test(song.uri);
  const address = store ?? (ownFile ? at(`/api/songs/${part(song.id)}/cover`) : null);
  const place = el("span", { class: "artwork", "aria-hidden": "true" }, drawn(song));
  if (address) {
    const image = el("img", { alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer", width: 96, height: 96 });
    image.addEventListener("load", () => place.replaceChildren(image), { once: true });
    image.addEventListener("error", () => image.remove(), { once: true }); // the drawn one stays
    image.src = address;
    place.append(image);
  }
  return place;
}

/** Rings and a bar, whose hue and sizes come from the name of the song. */
function drawn(song) {
  const seed = hash([song.title, ...(song.artists ?? [])].join("\n"));
  const hue = seed % 360;
  const turn = (seed >>> 9) % 360;
  const inner = 10 + ((seed >>> 5) % 14);
  return svg("svg", { viewBox: "0 0 96 96", focusable: "false", class: "cover", vars: { "--hue": hue } },
    svg("rect", { class: "ground", width: 96, height: 96 }),
    svg("circle", { class: "ring", cx: 48, cy: 48, r: 34 }),
    svg("path", { class: "sector", d: "M48 48 L48 4 A44 44 0 0 1 86 70 Z", transform: `rotate(${turn} 48 48)` }),
    svg("circle", { class: "hub", cx: 48, cy: 48, r: inner }));
}

/** FNV-1a: small, and even for short names. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

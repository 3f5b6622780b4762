// The waveform of a song as an element: read when it comes into view, drawn anew when its size or the theme changes.

import { el } from "../shared/dom.js";
import { readWaveform } from "./waveform-data.js";
import { paintWaveform } from "./waveform-paint.js";

const painters = new WeakMap(); // element -> its painter
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => painters.get(target)?.paint()));
const views = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) painters.get(target)?.read();
}, { rootMargin: "300px" });

/**
 * An element with the waveform of a song.
 * `passage` ({ start, end }) is marked; `onPick(seconds)` makes it clickable: it is a shortcut for the
 * pointer, and whoever uses the keyboard has a control of its own for the same.
 */
export function waveform(song, { passage = null, label = "", onPick = null } = {}) {
  const canvas = el("canvas");
  const place = el("div", label
    ? { class: "waveform", role: "img", "aria-label": label }
    : { class: "waveform", "aria-hidden": "true" }, canvas);
  let wave = null;
  let reading = false;
  let position = null;
  const span = passage ? [passage.start, passage.end] : null;

  const painter = {
    paint() {
      if (wave) paintWaveform(canvas, wave, { passage: span, position });
    },
    async read() {
      if (reading) return;
      reading = true;
      try {
        wave = await readWaveform(song.id);
        place.classList.add("drawn");
        painter.paint();
      } catch {
        place.classList.add("missing"); // a song is no less a song without its picture
        reading = false;
      }
    },
    setPosition(seconds) {
      if (seconds === position) return;
      position = seconds;
      painter.paint();
    },
  };
  painters.set(place, painter);
  sizes.observe(place);
  views.observe(place);
  if (onPick) {
    place.classList.add("pickable");
    place.addEventListener("click", (event) => {
      const length = wave?.seconds ?? song.duration_seconds;
      const box = place.getBoundingClientRect();
      if (length && box.width) onPick(Math.max(0, ((event.clientX - box.left) / box.width) * length));
    });
  }
  return place;
}

/** Show how much of a waveform was played; null: it is not the one that plays. */
export function markPlayed(place, seconds) {
  painters.get(place)?.setPosition(seconds);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const place of document.querySelectorAll(".waveform")) painters.get(place)?.paint();
});

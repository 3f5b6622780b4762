// The film's own sound as a waveform, with where somebody speaks.

import { el, svg } from "../shared/dom.js";
import { counted } from "../shared/format.js";

const HEIGHT = 100;

/** The lane; null if the film has no sound, or none was drawn when it was analysed. */
export function soundLane({ sound_curve: curve = [], speech_spans: spans = [], duration }) {
  if (!curve.length) return null;
  const label = `The film's own sound${spans.length ? `, with ${counted(spans.length, "stretch", "stretches")} of speech` : ""}`;
  return el("div", { class: "film-sound", role: "img", "aria-label": label, title: "The film's own sound" },
    svg("svg", { viewBox: `0 0 ${curve.length} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      spans.map(([start, end]) => svg("rect", { class: "speech", x: (start / duration) * curve.length, width: ((end - start) / duration) * curve.length, y: 0, height: HEIGHT })),
      svg("path", { class: "sound", d: outline(curve) })));
}

/** The curve and its mirror image as one area. Pure. */
export function outline(curve) {
  const half = HEIGHT / 2;
  const point = (x, size) => `${x} ${(half - size * half).toFixed(1)}`;
  const above = curve.flatMap((value, x) => [point(x, value), point(x + 1, value)]);
  const below = curve.flatMap((value, x) => [point(x, -value), point(x + 1, -value)]).reverse();
  return `M${[...above, ...below].join("L")}Z`;
}

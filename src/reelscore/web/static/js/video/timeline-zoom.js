// How near one looks at a timeline: its lanes grow wider than their frame, which then scrolls.

import { el } from "../shared/dom.js";

const MOST_PIXELS = 8000; // canvases of twice as many device pixels are drawn everywhere

/**
 * The zoom of the lanes in `frame`. `at()` is the second that stays in sight, `onZoom(factor)` is told of a change.
 * A factor is a power of two; the largest gives a second about 200 pixels.
 */
export function zoomOf(frame, duration, { at, onZoom }) {
  let factor = 1;
  const out = button("Farther", "−", () => set(factor / 2));
  const near = button("Nearer", "+", () => set(factor * 2));
  const element = el("div", { class: "zoom", role: "group", "aria-label": "Zoom of the timeline" }, out, near);

  const most = () => {
    const width = Math.max(1, frame.clientWidth);
    const wanted = Math.min(MOST_PIXELS, 200 * duration) / width;
    return Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, wanted))));
  };

  function set(wanted) {
    factor = Math.min(most(), Math.max(1, wanted));
    frame.style.setProperty("--zoom", String(factor));
    out.disabled = factor === 1;
    near.disabled = factor >= most() && frame.clientWidth > 0;
    onZoom(factor);
    centre(at());
  }

  function centre(seconds) {
    frame.scrollLeft = (seconds / duration) * frame.scrollWidth - frame.clientWidth / 2;
  }

  set(1);
  return {
    element,
    nearer: () => set(factor * 2),
    farther: () => set(factor / 2),
    /** Pixels of a second. */
    get scale() {
      return (frame.clientWidth * factor) / duration;
    },
    /** Turn the page where the playhead runs out of sight. */
    keepInSight(seconds) {
      if (factor === 1) return;
      const place = (seconds / duration) * frame.scrollWidth - frame.scrollLeft;
      if (place < 0 || place > frame.clientWidth) frame.scrollLeft += place - frame.clientWidth * 0.1;
    },
  };
}

function button(label, sign, onClick) {
  return el("button", { class: "button quiet icon-only", type: "button", "aria-label": label, title: label, on: { click: onClick } }, sign);
}

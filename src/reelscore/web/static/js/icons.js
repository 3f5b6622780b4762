// The few icons of the page, drawn on a grid of 24.

import { svg } from "./dom.js";

const PATHS = {
  play: "M8 5.1v13.8a.9.9 0 0 0 1.4.75l10.3-6.9a.9.9 0 0 0 0-1.5L9.4 4.35A.9.9 0 0 0 8 5.1z",
  pause: "M7 4.5h3.2v15H7zM13.8 4.5H17v15h-3.2z",
  next: "M5 5.2v13.6a.7.7 0 0 0 1.1.6L15.5 13v6.5H18v-15h-2.5V11L6.1 4.6a.7.7 0 0 0-1.1.6z",
  previous: "M19 5.2v13.6a.7.7 0 0 1-1.1.6L8.500 13v6.500H6v-15h2.500V11l9.400-6.400a.7.7 0 0 1 1.1.6z",
  film: "M4 4h16a1.500 1.500 0 0 1 1.500 1.500v13A1.500 1.500 0 0 1 20 20H4a1.500 1.500 0 0 1-1.500-1.500v-13A1.500 1.500 0 0 1 4 4zm.500 2v2H7V6zm0 5v2H7v-2zm0 5v2H7v-2zM17 6v2h2.500V6zm0 5v2h2.500v-2zm0 5v2h2.500v-2zM9 6v5h6V6zm0 7v5h6v-5z",
  speech: "M4 4h16a1.500 1.500 0 0 1 1.500 1.500v10A1.500 1.500 0 0 1 20 17h-8l-5 4v-4H4a1.500 1.500 0 0 1-1.500-1.500v-10A1.500 1.500 0 0 1 4 4zm2.500 4v2h11V8zm0 3.500v2h7v-2z",
  note: "M9 4.500 20 2v13.200a3.300 3.300 0 1 1-2-3V6.600l-7 1.600v9a3.300 3.300 0 1 1-2-3z",
  volume: "M3 9h4l5-4.500v15L7 15H3zm11.500-1a5 5 0 0 1 0 8v-2.200a3 3 0 0 0 0-3.600zm0-4.500a9 9 0 0 1 0 17v-2.100a7 7 0 0 0 0-12.800z",
};

/** An icon that a screen reader passes over; its control has the words. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }));
}

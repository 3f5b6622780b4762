// The last hour of the server as small graphs.

import { el, svg } from "../shared/dom.js";

const MINUTES = 60;
const WIDTH = 240;
const HEIGHT = 48;

/** The values of the last hour, one for each minute that began before `now` (seconds); 0 if nothing happened. */
export function hourOf(minutes, name, now) {
  const values = new Array(MINUTES).fill(0);
  for (const minute of minutes) {
    const at = MINUTES - 1 - (Math.floor(now / 60) - Math.floor(minute.began / 60));
    if (at >= 0 && at < MINUTES) values[at] = minute[name];
  }
  return values;
}

const GRAPHS = [
  ["Requests", "requests", (value) => `${value} a minute at most`],
  ["Slowest answer", "slowest", (value) => `${(value * 1000).toFixed(0)} ms at most`],
  ["Models", "inference", (value) => `${value.toFixed(1)} s in a minute at most`],
  ["Memory", "resident", (value) => `${(value / 1e6).toFixed(0)} MB at most`],
  ["Failures of the server", "failed", (value) => (value ? `${value} in a minute at most` : "none")],
];

/** A card of graphs from what the server says of its minutes. */
export function lastHour(minutes, now = Date.now() / 1000) {
  return el("section", { class: "card padded" }, el("h2", {}, "The last hour of this process"),
    el("div", { class: "hour-graphs" }, GRAPHS.map(([title, name, said]) => {
      const values = hourOf(minutes, name, now);
      const top = Math.max(...values);
      return el("figure", {}, el("figcaption", {}, title, el("span", { class: "hint" }, said(top))), bars(values, top || 1));
    })));
}

function bars(values, top) {
  const step = WIDTH / MINUTES;
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true", class: "hour-graph" },
    values.map((value, at) => {
      const height = (value / top) * HEIGHT;
      return value > 0 && svg("rect", { x: at * step, y: HEIGHT - height, width: step * 0.8, height });
    }));
}

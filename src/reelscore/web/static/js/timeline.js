// The video along time: its cuts as lines, motion as an area, energy as a dashed line.

import { el, svg } from "./dom.js";
import { clock, counted } from "./format.js";

const WIDTH = 1000;
const HEIGHT = 100;
const TOP = 6; // room above a curve at its highest

/**
 * Draw the measurements of a video.
 * With `video`, a playhead follows it, and the timeline seeks it by mouse and keyboard.
 */
export function timeline(measured, video = null) {
  const { duration, cuts = [], motion_curve: motion = [], energy_curve: energy = [] } = measured;
  const chart = svg("svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": summary(measured) },
    motion.length > 0 && svg("path", { class: "motion", d: area(points(motion, peak(motion))) }),
    energy.length > 0 && svg("path", { class: "energy", d: line(points(energy, 1)) }),
    cuts.map((cut) => {
      const x = (cut / duration) * WIDTH;
      return svg("line", { class: "cut", x1: x, x2: x, y1: 0, y2: HEIGHT });
    }));
  const plot = el("div", { class: "plot" }, chart);
  if (video) follow(video, plot, duration);
  return el("figure", { class: "timeline" },
    plot,
    el("div", { class: "scale", "aria-hidden": "true" },
      [0, 0.25, 0.5, 0.75, 1].map((share) => el("span", {}, clock(share * duration)))),
    el("ul", { class: "legend" },
      motion.length > 0 && key("", "motion"),
      energy.length > 0 && key("energy-key", "energy"),
      key("cut-key", counted(cuts.length, "cut"))));
}

function key(kind, text) {
  return el("li", {}, el("span", { class: `key ${kind}`, "aria-hidden": "true" }), text);
}

function summary({ duration, cuts = [], motion }) {
  const level = motion > 0.5 ? "much" : motion > 0.2 ? "some" : "little";
  return `Timeline of ${clock(duration)}: ${counted(cuts.length, "cut")}${cuts.length ? ` at ${cuts.slice(0, 20).map(clock).join(", ")}` : ""}; ${level} motion.`;
}

/** The curve's own top, but never so low that noise looks like action. */
function peak(curve) {
  return Math.max(0.15, ...curve);
}

/** A curve of one value a second, spread over the width. */
function points(curve, top) {
  const values = curve.length === 1 ? [curve[0], curve[0]] : curve;
  return values.map((value, index) => {
    const x = (index / (values.length - 1)) * WIDTH;
    const y = HEIGHT - Math.min(1, Math.max(0, value / top)) * (HEIGHT - TOP);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
}

const line = (list) => `M${list.join("L")}`;
const area = (list) => `M0 ${HEIGHT}L${list.join("L")}L${WIDTH} ${HEIGHT}Z`;

function follow(video, plot, duration) {
  const playhead = el("div", { class: "playhead" });
  const seek = el("input", {
    class: "seek", type: "range", min: "0", max: String(duration), step: "0.1", value: "0", "aria-label": "Position in the video",
  });
  plot.append(playhead, seek);
  const show = () => {
    playhead.style.setProperty("--at", String(video.currentTime / duration));
    seek.value = String(video.currentTime);
    seek.setAttribute("aria-valuetext", `${clock(video.currentTime)} of ${clock(duration)}`);
  };
  video.addEventListener("timeupdate", show);
  video.addEventListener("seeking", show);
  seek.addEventListener("input", () => {
    video.currentTime = Number(seek.value);
  });
}

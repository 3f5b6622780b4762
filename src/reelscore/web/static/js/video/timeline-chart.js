// The picture's own lane: cuts as lines, dissolves as wedges, motion as an area, energy as a dashed line.

import { svg } from "../shared/dom.js";
import { clock, counted } from "../shared/format.js";

const WIDTH = 1000;
const HEIGHT = 100;
const TOP = 6; // room above a curve at its highest

/** The chart of a video's measurements, with a summary for those who do not see it. */
export function pictureChart(measured) {
  const { duration, cuts = [], dissolves = [], motion_curve: motion = [], energy_curve: energy = [] } = measured;
  const across = (seconds) => (seconds / duration) * WIDTH;
  return svg("svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": summary(measured) },
    motion.length > 0 && svg("path", { class: "motion", d: area(points(motion, peak(motion))) }),
    energy.length > 0 && svg("path", { class: "energy", d: line(points(energy, 1)) }),
    dissolves.map((dissolve) => {
      const [start, end] = spanOf(dissolve);
      return svg("path", { class: "dissolve", d: `M${across(start)} ${HEIGHT}L${across(end)} 0V${HEIGHT}Z` });
    }),
    cuts.map((cut) => svg("line", { class: "cut", x1: across(cut), x2: across(cut), y1: 0, y2: HEIGHT })));
}

/** A dissolve is a stretch; a single time is taken for its middle. */
export function spanOf(dissolve) {
  if (typeof dissolve === "number") return [dissolve - 0.25, dissolve + 0.25];
  return Array.isArray(dissolve) ? dissolve : [dissolve.start, dissolve.end];
}

export function summary({ duration, cuts = [], motion }) {
  const level = motion > 0.5 ? "much" : motion > 0.2 ? "some" : "little";
  return `Timeline of ${clock(duration)}: ${counted(cuts.length, "cut")}${cuts.length ? ` at ${cuts.slice(0, 20).map(clock).join(", ")}` : ""}; ${level} motion.`;
}

/** The curve's own top, but never so low that noise looks like action. */
export function peak(curve) {
  return Math.max(0.15, ...curve);
}

/** A curve of one value a second, spread over the width. */
export function points(curve, top) {
  const values = curve.length === 1 ? [curve[0], curve[0]] : curve;
  return values.map((value, index) => {
    const x = (index / (values.length - 1)) * WIDTH;
    const y = HEIGHT - Math.min(1, Math.max(0, value / top)) * (HEIGHT - TOP);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
}

const line = (list) => `M${list.join("L")}`;
const area = (list) => `M0 ${HEIGHT}L${list.join("L")}L${WIDTH} ${HEIGHT}Z`;

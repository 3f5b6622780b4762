// Beats under a picture: which lines are drawn, which cuts are on a beat, how far a nudge goes. Pure.

import { RATE, songTimeAt } from "../audition/pieces.js";
import { exact } from "../video/timecode.js";

const SAME_BEAT_SECONDS = 0.06; // bar lines and sections name beats, and may lie some milliseconds beside them
const TINY_FRAME = 1e-6; // so that an error of exactly the tolerance is within it
const LEAST_PIXELS = 9; // between two lines

/**
 * @typedef {{ times: number[], levels: ("beat"|"bar"|"section")[], bars: number[], sections: object[] }} Grid
 * @typedef {{ time: number, level: string }} Line `time`: seconds of the picture
 */

/** The grid of a song from its beats and its sections as the API gives them. @returns {Grid} */
export function gridOf({ data, downbeats }, sections = []) {
  const times = data.map(({ time }) => time);
  const levels = times.map(() => "beat");
  const name = (moments, level) => {
    for (const moment of times.length ? moments : []) {
      const at = nearest(times, moment);
      if (Math.abs(times[at] - moment) <= SAME_BEAT_SECONDS) levels[at] = level;
    }
  };
  name(downbeats, "bar");
  name(sections.map(({ start }) => start), "section");
  return { times, levels, bars: times.filter((_, at) => levels[at] !== "beat"), sections };
}

/** The place of the value that is nearest; of two as near, the later one. */
export function nearest(values, wanted) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - values[low - 1] < values[low] - wanted ? low - 1 : low;
}

/** The beats where they lie under the picture, in order; where pieces cross, those of the one that comes in. @returns {Line[]} */
export function laidBeats({ times, levels }, pieces) {
  return pieces.flatMap(({ source, record, length }, number) => {
    const until = Math.min(record + length, pieces[number + 1]?.record ?? Infinity);
    return times.flatMap((time, at) => {
      const place = record + time * RATE - source;
      return place >= record && place < until ? [{ time: place / RATE, level: levels[at] }] : [];
    });
  });
}

/** The lines to draw where a second has so many pixels: beats where there is room, else bars, else every so many bars. */
export function gridLines(laid, pixelsPerSecond) {
  const fits = (lines, step = 1) => lines.length < 2 || spacing(lines) * step * pixelsPerSecond >= LEAST_PIXELS;
  if (fits(laid)) return laid;
  const bars = laid.filter(({ level }) => level !== "beat");
  const lines = bars.length > 1 ? bars : laid;
  let step = 1;
  while (!fits(lines, step)) step *= 2;
  return lines.filter((_, at) => at % step === 0);
}

/** The usual distance of neighbours, in seconds. */
function spacing(lines) {
  const gaps = lines.slice(1).map(({ time }, at) => time - lines[at].time).sort((a, b) => a - b);
  return Math.max(1e-3, gaps[Math.floor(gaps.length / 2)]);
}

/**
 * Each cut ({ number, time, kind }) with the beat that is nearest to it where the song lies now: `level` ("" : none),
 * `errorFrames` (positive: the cut comes after its beat), and whether it hits. As the plan of the API counts them.
 */
export function cutsOn(laid, cuts, { rate, tolerance }) {
  const times = laid.map(({ time }) => time);
  return cuts.map((cut) => {
    const beat = times.length ? laid[nearest(times, cut.time)] : null;
    const error = beat ? cut.time - beat.time : null;
    return {
      ...cut,
      level: beat?.level ?? "",
      errorFrames: beat ? error * rate : null,
      hit: beat !== null && Math.abs(error) <= (tolerance + TINY_FRAME) / rate,
    };
  });
}

/** Cuts of the picture and hit points in one order, each numbered among its kind. */
export function withHits(cuts, hits) {
  return [...cuts, ...hits.map((time, at) => ({ number: at + 1, time, kind: "hit" }))].sort((one, other) => one.time - other.time);
}

/** How a cut is shown: "bar" (or a section), "beat", "miss", or "none" if the song has no beat. */
export function markOf({ hit, level }) {
  if (hit) return level === "beat" ? "beat" : "bar";
  return level ? "miss" : "none";
}

const KINDS = { cut: "Cut", dissolve: "Dissolve", hit: "Hit point" };
const LEVELS = { section: "on the start of a section", bar: "on a bar", beat: "on a beat" };

/** A cut in words: where it is, and how it lies. */
export function cutWords(cut) {
  const where = `${KINDS[cut.kind] ?? "Cut"} ${cut.number} at ${exact(cut.time)}`;
  if (cut.errorFrames === null) return `${where}: no beat`;
  const off = `${framesOff(cut.errorFrames)}${Math.abs(cut.errorFrames) < 0.05 ? "" : cut.errorFrames > 0 ? " after its beat" : " before its beat"}`;
  return `${where}: ${cut.hit ? LEVELS[cut.level] : "misses"}, ${off}`;
}

function framesOff(frames) {
  const size = Math.abs(frames);
  if (size < 0.05) return "to the frame";
  return `${size.toFixed(1)} ${size.toFixed(1) === "1.0" ? "frame" : "frames"}`;
}

/** How many of the cuts under the pieces of a song hit, in the words of the API. */
export function shareWords(all, pieces) {
  const cuts = all.filter(({ time, hit }) => hit || songTimeAt(pieces, time) !== null);
  if (!cuts.length && all.length) return "no cut lies under the song";
  const hits = cuts.filter(({ hit }) => hit);
  const bars = hits.filter(({ level }) => level !== "beat").length;
  const set = cuts.filter(({ kind }) => kind === "hit").length;
  const one = set === 0 ? "cut" : set < cuts.length ? "cuts and hit point" : "hit point";
  const things = `${cuts.length} ${one}${cuts.length === 1 ? "" : "s"}`;
  return `${hits.length} of ${cuts.length < all.length ? `the ${things} under the song` : things} on a beat${bars ? `, ${bars} on a bar` : ""}`;
}

/**
 * The offset in seconds after the song was moved by one `unit` ("frame", "beat", "bar"), later with `by` 1 and earlier
 * with -1. A beat or a bar is that of the song under `position`, so that the next one comes where this one was. Null: it has none.
 */
export function nudged(offset, unit, by, { grid, position, rate }) {
  if (unit === "frame") return Math.round((offset - by / rate) * RATE) / RATE;
  const times = (unit === "bar" ? grid?.bars : grid?.times) ?? [];
  if (times.length < 2) return null;
  const at = nearest(times, offset + position);
  // At the ends of the song the last distance goes on.
  const from = Math.min(Math.max(at, by > 0 ? 1 : 0), times.length - (by > 0 ? 1 : 2));
  return offset + times[from - by] - times[from];
}

/** A plan's places, the best first, as samples. */
export const placesOf = (plan) => [plan.offset, ...plan.alternatives.map(({ offset }) => offset)];

/** Hit points with one more at a moment, or without the one that is there within a frame. In order, on frames. */
export function toggledHit(hits, seconds, rate) {
  const frame = Math.round(seconds * rate);
  const others = hits.filter((hit) => Math.abs(Math.round(hit * rate) - frame) > 1);
  return others.length < hits.length ? others : [...hits, frame / rate].sort((a, b) => a - b);
}

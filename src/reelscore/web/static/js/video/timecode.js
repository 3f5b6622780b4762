// Frames and SMPTE timecode of a film, as editors count. Pure.

import { clock } from "../shared/format.js";

const RATE_UNKNOWN = 25; // frames a second where a film has no constant rate, as the API counts
const EDGE = 0.01; // of a frame: times of the API are rounded, and a frame begins a bit before or after them
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600]; // seconds between two ticks

/** A frame rate of the API, "30000/1001", as a number. */
export function rateOf(text) {
  const [over, under = 1] = String(text).split("/").map(Number);
  return over / under;
}

/** The timecode of a frame at `rate` frames a second; drop-frame leaves out numbers, as SMPTE ST 12-1 says. */
export function timecode(frame, rate, drop = false) {
  const base = Math.max(1, Math.round(rate));
  let number = Math.max(0, frame);
  if (drop) {
    const step = Math.round(base / 15);
    const minutes = 60 * base - step;
    const tens = 600 * base - 9 * step;
    const rest = number % tens;
    number += 9 * step * Math.floor(number / tens);
    if (rest >= 60 * base) number += step * (1 + Math.floor((rest - 60 * base) / minutes));
  }
  const seconds = Math.floor(number / base);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map(two).join(":")}${drop ? ";" : ":"}${String(number % base).padStart(base > 100 ? 3 : 2, "0")}`;
}

/**
 * How the frames of a film are counted, from its measurements; null: from none.
 * A film of variable rate has no frames to count: its times are minutes, seconds and hundredths.
 */
export function filmClock(measured) {
  const { rate: stated, frame_rate: nominal, variable_rate: variable, duration, picture_start: start = 0 } = measured ?? {};
  const { start_frame: first = 0, drop_frame: drop = false } = measured ?? {};
  const rate = stated ? rateOf(stated) : nominal || RATE_UNKNOWN;
  const counts = Boolean(stated ?? nominal) && !variable;
  const frames = duration ? Math.max(1, Math.round((duration - start) * rate)) : Infinity;
  const frameAt = (seconds) => Math.max(0, Math.min(frames - 1, Math.floor((seconds - start) * rate + EDGE)));
  return {
    rate,
    /** The number of the picture that is shown at a second of the player. */
    frameAt,
    /** The middle of the time in which a picture is shown: a player that is sent there shows that one. */
    timeOf: (frame) => start + (Math.max(0, Math.min(frames - 1, frame)) + 0.5) / rate,
    /** A moment as the film's own timecode has it. */
    text: (seconds) => (counts ? timecode(first + frameAt(seconds), rate, drop) : exact(seconds)),
    /** Its length. */
    length: duration === undefined ? "" : counts ? timecode(frames, rate, drop) : exact(duration),
  };
}

/** Seconds as m:ss.hh. */
export const exact = (seconds) =>
  `${seconds < 0 ? "−" : ""}${clock(Math.abs(seconds))}.${String(Math.floor((Math.abs(seconds) % 1) * 100 + 1e-6)).padStart(2, "0")}`;

/** Where an axis of `duration` seconds is marked, at most `most` times, with words: [{ time, text }]. */
export function ticks(duration, most, rate) {
  const frames = [1, 2, 5, 10].filter((count) => count < rate).map((count) => count / rate);
  const step = [...frames, ...STEPS].find((seconds) => duration / seconds <= most) ?? duration / most;
  const base = Math.round(rate);
  return Array.from({ length: Math.floor(duration / step + EDGE) + 1 }, (_, at) => {
    const time = at * step;
    if (step >= 1) return { time, text: clock(time + EDGE / rate) };
    const frame = Math.round(time * rate);
    return { time, text: `${clock(Math.floor(frame / base))}:${two(frame % base)}` };
  });
}

const two = (number) => String(number).padStart(2, "0");

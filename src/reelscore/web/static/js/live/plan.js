// A planned song as numbers: what is heard of it when, and how loud. Pure; the server's `live/mixing.py` says the same.
//
// A plan has `begin` and `end` (seconds of the set), `source` (second of the song at `begin`), `fade_in`, `fade_out`,
// `rate` (speed while it comes in) and `glide` (seconds in which its speed then comes back to 1).

import { quarterSine } from "../audition/pieces.js";

const CURVE_STEPS = 64;

/** The second of the song that is heard at a second of the set. */
export function sourceAt(plan, time) {
  const since = time - plan.begin;
  const matched = Math.min(since, plan.fade_in);
  const gliding = Math.min(Math.max(since - plan.fade_in, 0), plan.glide);
  const own = Math.max(since - plan.fade_in - plan.glide, 0);
  const slope = plan.glide ? (1 - plan.rate) / (2 * plan.glide) : 0;
  return plan.source + plan.rate * matched + plan.rate * gliding + slope * gliding ** 2 + own;
}

/** The speed of the song at a second of the set. */
export function rateAt(plan, time) {
  if (plan.rate === 1) return 1;
  const since = time - plan.begin - plan.fade_in;
  if (since <= 0) return plan.rate;
  return since >= plan.glide ? 1 : plan.rate + ((1 - plan.rate) * since) / plan.glide;
}

/** A quarter of a sine from 0 to 1, or back, so that two that cross keep their power. @returns {Float32Array} */
export function fadeCurve(out, from = 0) {
  return quarterSine(out ? 1 - from : from, out ? 0 : 1, CURVE_STEPS);
}

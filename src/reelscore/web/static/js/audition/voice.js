// One song that sounds under the picture: started to the sample, held in step by its rate, ended without a click.

import { ramp } from "./levels.js";
import { soundOf } from "./pieces.js";

const FADE_SECONDS = 0.04;
// Pieces are started so far ahead; a tab behind others is looked after once a second.
const AHEAD_SECONDS = 2;

/** A playing song. Positions are seconds of the picture that the song lies under, times are those of the AudioContext. */
export class Voice {
  /**
   * The `pieces` of a song sound as they lie under the picture, which is at `position` at the time `when`;
   * `level`: the factor of its loudness.
   */
  constructor(context, buffer, output, { pieces, position, when, rate, level = 1 }) {
    this.context = context;
    this.buffer = buffer;
    this.anchor = { position, when, rate };
    this.waiting = [...pieces];
    this.sources = new Set();
    this.latest = when; // when the piece sets in that was started last
    this.gain = context.createGain();
    this.gain.gain.setValueAtTime(0, context.currentTime);
    this.gain.gain.setValueAtTime(0, when);
    this.gain.gain.linearRampToValueAtTime(level, when + FADE_SECONDS);
    this.gain.connect(output);
    this.startNext();
  }

  /** Start the pieces that are due soon; to be called again and again. */
  startNext() {
    const { currentTime } = this.context;
    // What was missed while the page was asleep sounds from the present moment on.
    const when = Math.max(this.anchor.when, this.latest > currentTime ? 0 : currentTime);
    const from = { position: this.positionAt(when), when, rate: this.rate };
    this.waiting = this.waiting.filter((piece) => {
      const sound = soundOf(piece, from.position);
      if (sound && sound.wait / from.rate > Math.max(0, currentTime - when) + AHEAD_SECONDS) return true;
      if (sound) this.#start(sound, from);
      return false;
    });
  }

  #start({ wait, offset, duration, curves }, { when, rate }) {
    const { context } = this;
    const source = context.createBufferSource();
    source.buffer = this.buffer;
    source.playbackRate.setValueAtTime(rate, context.currentTime);
    const shape = context.createGain();
    for (const curve of curves) shape.gain.setValueCurveAtTime(curve.values, when + curve.wait / rate, curve.duration / rate);
    source.connect(shape).connect(this.gain);
    source.addEventListener("ended", () => {
      this.sources.delete(source);
      shape.disconnect();
    }, { once: true });
    source.start(when + wait / rate, offset, duration);
    this.sources.add(source);
    this.latest = Math.max(this.latest, when + wait / rate);
  }

  get rate() {
    return this.anchor.rate;
  }

  /** Where the picture should be at a time. */
  positionAt(time) {
    const { position, when, rate } = this.anchor;
    return position + (time - when) * rate;
  }

  /** Go on at another rate from now on. Not while a piece is about to set in: a join is met to the sample. */
  setRate(rate) {
    const now = Math.max(this.context.currentTime, this.anchor.when);
    if (rate === this.anchor.rate || this.latest > now) return;
    this.anchor = { position: this.positionAt(now), when: now, rate };
    for (const source of this.sources) source.playbackRate.setValueAtTime(rate, now);
  }

  /** Sound at another level from now on, without a click. */
  setLevel(level) {
    this.gain.gain.setTargetAtTime(level, Math.max(this.context.currentTime, this.anchor.when + FADE_SECONDS), FADE_SECONDS / 2);
  }

  /** End with a short fade. */
  stop() {
    const now = this.context.currentTime;
    ramp(this.gain.gain, 0, now, FADE_SECONDS);
    for (const source of this.sources) source.stop(now + FADE_SECONDS);
    this.waiting = [];
  }
}

/** The time of the sample that is being heard now: what is computed is ahead of it by the output's latency. */
export function heardTime(context) {
  const stamp = context.getOutputTimestamp?.();
  if (stamp?.performanceTime > 0) {
    const heard = stamp.contextTime + (performance.now() - stamp.performanceTime) / 1000;
    // A device that was just opened can give a stamp that means nothing yet.
    if (Math.abs(context.currentTime - heard) < 1) return heard;
  }
  return context.currentTime - (context.outputLatency || context.baseLatency || 0);
}

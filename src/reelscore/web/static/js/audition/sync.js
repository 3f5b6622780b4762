// Keeps a song in step with a video. The picture leads: it is what the eye holds on to, and it cannot be bent.
//
// The song is started to the sample where the picture is, and then the two clocks are compared a few times a
// second. A small error is taken back by playing the song up to 0.5 % faster or slower, which nobody hears; a
// large one (a stalled picture, a sleeping machine) by starting the song anew under a short crossfade.

import { endOf } from "./pieces.js";
import { heardTime, Voice } from "./voice.js";

const CHECK_MS = 150;
const LEAD_SECONDS = 0.03; // between deciding to start and the first sample
const READINGS = 5; // of which the median counts: single readings of a video's clock jump by a frame
const FINE = 0.006; // seconds that are left as they are
const LOST = 0.035; // seconds that are no longer taken back gently
// Both clocks are rough in their first moments; what the start was off by is soon known, and set right at once.
const EARLY_LOST = 0.02;
const EARLY_STARTS = 3;
const MOST_BEND = 0.005;
const BEND_SECONDS = 3; // over which an error is taken back, where that is gentle enough

/** Plays one song at a time under a video. */
export class Sync {
  /** @param {AudioContext} context @param {AudioNode} output; `onCheck(ahead)`: the picture goes on, for so many seconds till the next call */
  constructor(context, output, onCheck = () => {}) {
    this.context = context;
    this.output = output;
    this.onCheck = onCheck;
    this.level = 1;
    this.video = null;
    this.voice = null;
    this.readings = [];
    this.early = 0; // starts anew since the song or the place changed
    this.restarts = 0;
    this.timer = 0;
  }

  /** Whether the picture moves, so that there is something to play along with. */
  get isRunning() {
    const { video } = this;
    return Boolean(video) && !video.paused && !video.seeking && !video.ended && video.readyState >= 3;
  }

  /** Seconds by which the song is ahead of the picture; null if it does not sound. */
  get error() {
    if (!this.voice || !this.isRunning) return null;
    const heard = heardTime(this.context);
    if (heard < this.voice.anchor.when) return null;
    return this.voice.positionAt(heard) - this.video.currentTime;
  }

  /** The usual error of late, in seconds; null if too little is known of it, or it does not sound. */
  get settled() {
    return this.voice && this.isRunning && this.readings.length >= 3 ? median(this.readings) : null;
  }

  /** Let a song sound as its pieces lie under the picture, at a level (a factor); null: silence. */
  play(buffer, pieces, level = 1) {
    this.buffer = buffer;
    this.pieces = pieces;
    this.level = level;
    this.restart();
  }

  /** Let the song that sounds be louder or softer. */
  setLevel(level) {
    this.level = level;
    this.voice?.setLevel(level);
  }

  /** Start the song anew where the picture is now; what sounded until then fades out. */
  restart() {
    this.early = 0;
    this.#start();
  }

  #start() {
    this.voice?.stop();
    this.voice = null;
    this.readings = [];
    clearInterval(this.timer);
    if (!this.buffer || !this.isRunning) return;
    const { context, video } = this;
    const rate = video.playbackRate;
    const when = context.currentTime + LEAD_SECONDS;
    // The picture goes on until the first sample is heard.
    const position = video.currentTime + (when - heardTime(context)) * rate;
    if (position < endOf(this.pieces)) {
      this.voice = new Voice(context, this.buffer, this.output, { pieces: this.pieces, position, when, rate, level: this.level });
    }
    this.onCheck(CHECK_MS / 1000);
    this.timer = setInterval(() => this.#check(), CHECK_MS);
  }

  /** Stop the sound; the song stays chosen. */
  pause() {
    this.voice?.stop();
    this.voice = null;
    this.readings = [];
    clearInterval(this.timer);
  }

  #check() {
    this.onCheck(CHECK_MS / 1000);
    this.voice?.startNext();
    const { error } = this;
    if (error === null) return;
    this.readings = [...this.readings, error].slice(-READINGS);
    if (this.readings.length < 3) return;
    if (this.readings.length === READINGS) this.early = EARLY_STARTS; // the start is over
    const typical = median(this.readings);
    if (Math.abs(typical) > (this.early < EARLY_STARTS ? EARLY_LOST : LOST)) {
      this.restarts += 1;
      this.early += 1;
      this.#start();
      return;
    }
    const bend = Math.abs(typical) < FINE ? 0 : Math.max(-MOST_BEND, Math.min(MOST_BEND, typical / BEND_SECONDS));
    this.voice.setRate(this.video.playbackRate * (1 - bend));
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

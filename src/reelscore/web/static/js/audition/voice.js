// One song that sounds under the picture: started to the sample, held in step by its rate, ended without a click.

const FADE_SECONDS = 0.04;

/** A playing song. Positions are seconds of the song, times are those of the AudioContext. */
export class Voice {
  /** Sounds from `position` on at the time `when`, at a rate of `rate`. */
  constructor(context, buffer, output, { position, when, rate }) {
    this.context = context;
    this.anchor = { position, when, rate };
    this.source = context.createBufferSource();
    this.source.buffer = buffer;
    this.source.playbackRate.setValueAtTime(rate, context.currentTime);
    this.gain = context.createGain();
    this.gain.gain.setValueAtTime(0, context.currentTime);
    this.gain.gain.setValueAtTime(0, when);
    this.gain.gain.linearRampToValueAtTime(1, when + FADE_SECONDS);
    this.source.connect(this.gain).connect(output);
    this.source.addEventListener("ended", () => this.gain.disconnect(), { once: true });
    this.source.start(when, position);
  }

  get rate() {
    return this.anchor.rate;
  }

  /** Where the song is at a time. */
  positionAt(time) {
    const { position, when, rate } = this.anchor;
    return position + (time - when) * rate;
  }

  /** Go on at another rate from now on. */
  setRate(rate) {
    const now = Math.max(this.context.currentTime, this.anchor.when);
    if (rate === this.anchor.rate) return;
    this.anchor = { position: this.positionAt(now), when: now, rate };
    this.source.playbackRate.setValueAtTime(rate, now);
  }

  /** End with a short fade. */
  stop() {
    const now = this.context.currentTime;
    const { gain } = this.gain;
    gain.cancelScheduledValues(now);
    gain.setValueAtTime(gain.value, now);
    gain.linearRampToValueAtTime(0, now + FADE_SECONDS);
    this.source.stop(now + FADE_SECONDS);
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

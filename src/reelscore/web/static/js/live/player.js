// Plays the songs of a live set as they are planned. Its clock is that of the sound: second 0 of the set is `zero`.

import { DUCK, factorOf, ramp } from "../audition/levels.js";
import { SoundStore } from "../audition/sound.js";
import { fadeCurve, rateAt, sourceAt } from "./plan.js";

const PANIC_SECONDS = 0.15;
// What is asked of the clock of the sound is a little ahead of it.
const SOON_SECONDS = 0.03;

export class LivePlayer {
  /** @param {AudioContext} context */
  constructor(context) {
    this.context = context;
    this.zero = context.currentTime;
    this.store = new SoundStore(context);
    this.voices = new Map(); // number -> { plan, source, gain }
    this.wanted = new Set(); // numbers of songs that are on their way
    this.volume = context.createGain();
    this.ducking = context.createGain();
    this.ducking.connect(this.volume).connect(context.destination);
  }

  get now() {
    return this.context.currentTime - this.zero;
  }

  set level(value) {
    this.volume.gain.setTargetAtTime(value, this.context.currentTime, 0.02);
  }

  /** Take a `song` event: the song that follows, and how the one before ends. Rejects if the song cannot be had. */
  async take(event) {
    const { plan, before } = event;
    if (before) this.#end(before);
    for (const [number, voice] of this.voices) {
      const replaced = number < plan.number && number > (before?.number ?? -1) && voice.plan.begin > this.now;
      if (replaced) this.#drop(number);
    }
    for (const number of this.wanted) if (number > (before?.number ?? -1)) this.wanted.delete(number);
    this.wanted.add(plan.number);
    const sound = await this.store.load(event.song);
    if (this.wanted.delete(plan.number)) this.#begin(plan, sound);
  }

  /** Lower the music under speech, or let it come back. */
  duck(on) {
    ramp(this.ducking.gain, on ? factorOf(-DUCK.depth) : 1, this.context.currentTime, on ? DUCK.attack : DUCK.release);
  }

  /** Silence at once. */
  silence() {
    this.wanted.clear();
    const at = this.context.currentTime;
    for (const [number, { gain, source, plan }] of this.voices) {
      if (plan.begin > this.now) {
        this.#drop(number);
        continue;
      }
      ramp(gain.gain, 0, at, PANIC_SECONDS);
      source.stop(at + PANIC_SECONDS);
    }
  }

  close() {
    for (const number of [...this.voices.keys()]) this.#drop(number);
    this.volume.disconnect();
  }

  #begin(plan, sound) {
    const { context } = this;
    const at = Math.max(plan.begin, this.now + SOON_SECONDS); // late if the song took long to come
    if (at >= plan.end) return;
    const source = context.createBufferSource();
    const gain = context.createGain();
    source.buffer = sound;
    source.connect(gain).connect(this.ducking);
    const speed = source.playbackRate;
    speed.setValueAtTime(rateAt(plan, at), this.zero + at);
    if (plan.rate !== 1 && at < plan.begin + plan.fade_in + plan.glide) {
      const turn = Math.max(at, plan.begin + plan.fade_in);
      speed.setValueAtTime(rateAt(plan, turn), this.zero + turn);
      speed.linearRampToValueAtTime(1, this.zero + plan.begin + plan.fade_in + plan.glide);
    }
    const left = plan.begin + plan.fade_in - at;
    if (left > 0) gain.gain.setValueCurveAtTime(fadeCurve(false, 1 - left / plan.fade_in), this.zero + at, left);
    source.start(this.zero + at, sourceAt(plan, at));
    const voice = { plan, source, gain };
    this.voices.set(plan.number, voice);
    source.onended = () => {
      if (this.voices.get(plan.number) === voice) this.voices.delete(plan.number);
      gain.disconnect();
    };
    this.#fadeOut(voice);
  }

  #end(plan) {
    const voice = this.voices.get(plan.number);
    if (!voice) return;
    voice.plan = plan;
    const { gain } = voice.gain;
    const settled = Math.max(this.now, plan.begin + plan.fade_in);
    gain.cancelScheduledValues(this.zero + settled);
    this.#fadeOut(voice);
  }

  #fadeOut({ plan, source, gain }) {
    const from = Math.max(plan.end - plan.fade_out, this.now + SOON_SECONDS, plan.begin + plan.fade_in + 0.001);
    if (plan.fade_out > 0 && plan.end > from) gain.gain.setValueCurveAtTime(fadeCurve(true), this.zero + from, plan.end - from);
    source.stop(this.zero + Math.max(plan.end, this.now));
  }

  #drop(number) {
    const { source, gain } = this.voices.get(number);
    this.voices.delete(number);
    source.onended = null;
    source.stop();
    gain.disconnect();
  }
}

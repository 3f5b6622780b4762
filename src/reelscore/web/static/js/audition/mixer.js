// The levels of the music: its volume, songs matched to each other, and room for speech.

import { duckAt, duckPoints, factorOf, headroomOf, matchingGain, ramp } from "./levels.js";

/** What the music passes on its way to be heard. `video()` is the element that leads, or null. */
export class Mixer {
  matched = true; // songs are as loud as each other, by their measured loudness
  ducking = true; // lower where somebody speaks
  duckPoints = []; // as `duckPoints` of levels.js gives them
  #video;
  #music = 0.9;
  #volume = null;
  #duck = null;

  constructor(video) {
    this.#video = video;
  }

  /** Build it in an AudioContext; answers with its input. */
  open(context) {
    this.#volume = context.createGain();
    this.#volume.gain.value = this.#music;
    this.#volume.connect(context.destination);
    this.#duck = context.createGain();
    this.#duck.connect(this.#volume);
    return this.#duck;
  }

  /** Where somebody speaks in the film, [start, end] in seconds. */
  set speech(spans) {
    this.duckPoints = duckPoints(spans);
  }

  /** The volume of the music, a factor. */
  set music(level) {
    this.#music = level;
    this.#volume?.gain.setTargetAtTime(level, this.#volume.context.currentTime, 0.015);
  }

  /** The factor that a take sounds at, beside the volume. */
  levelOf(take) {
    return factorOf(this.gainOf(take) ?? 0);
  }

  /** The dB that match a take to others; null if its loudness is not known, or nothing is matched. */
  gainOf(take) {
    return this.matched ? (take?.gain ?? null) : null;
  }

  /** Let the ducking be where the picture will be in so many seconds. */
  follow(ahead) {
    const video = this.#video();
    if (!this.#duck || !video) return;
    const { gain, context } = this.#duck;
    const wanted = this.ducking ? duckAt(this.duckPoints, video.currentTime + ahead * video.playbackRate) : 0;
    ramp(gain, factorOf(wanted), context.currentTime, Math.max(ahead, 0.02));
  }
}

/** The dB that match a song to others, null if its loudness is unknown; its peaks are read only if it has to be raised. */
export async function gainOf({ song, buffer }) {
  const lufs = song.features?.loudness_lufs;
  const gain = matchingGain(lufs, Infinity);
  return gain > 0 ? matchingGain(lufs, await headroomOf(buffer)) : gain;
}

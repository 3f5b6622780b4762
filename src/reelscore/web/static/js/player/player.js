// The sound: one audio element, so only one song plays at a time. Others listen to its "change" events.

import { audioFault, seekableAudioUrl } from "../shared/api.js";
import { sentence } from "../shared/notice.js";

/** Plays songs. Dispatches "change" when the song, its state or its fault changed, "time" as it plays. */
export class Player extends EventTarget {
  /** @param {HTMLAudioElement} audio */
  constructor(audio) {
    super();
    this.audio = audio;
    this.song = null;
    this.queue = [];
    this.fault = "";
    for (const event of ["play", "pause", "ended", "durationchange", "loadedmetadata"]) {
      audio.addEventListener(event, () => this.#tell("change"));
    }
    for (const event of ["timeupdate", "seeked", "durationchange"]) {
      audio.addEventListener(event, () => this.#tell("time"));
    }
    audio.addEventListener("error", () => this.#explain());
  }

  get playing() {
    return this.song !== null && !this.audio.paused && !this.audio.ended;
  }

  get position() {
    return this.audio.currentTime;
  }

  /** Seconds; what the catalogue says until the file itself has been looked at. */
  get duration() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : (this.song?.duration_seconds ?? 0);
  }

  isCurrent(id) {
    return this.song?.id === id;
  }

  /** The songs that previous and next step through. */
  setQueue(songs) {
    this.queue = songs;
    this.#tell("change");
  }

  /** Play a song from its start, or from `start` seconds. */
  play(song, start = 0) {
    if (!this.isCurrent(song.id) || this.fault) {
      this.song = song;
      this.fault = "";
      // A store's preview is streamed from the store, as its terms ask; the page keeps nothing of it.
      this.audio.src = song.preview_url ?? seekableAudioUrl(song.id);
    }
    if (start > 0 || this.audio.ended) this.audio.currentTime = start;
    this.#tell("change");
    // A refusal is told by the element's error event; an interrupted start is nothing to tell.
    this.audio.play().catch(() => {});
  }

  /** Pause or go on; another song than the current one starts. */
  toggle(song = this.song) {
    if (!song) return;
    if (!this.isCurrent(song.id) || this.fault) this.play(song);
    else if (this.playing) this.audio.pause();
    else this.play(song);
  }

  seek(seconds) {
    if (this.song) this.audio.currentTime = Math.min(Math.max(0, seconds), this.duration || 0);
  }

  /** The song `by` places further in the queue, or null. */
  neighbour(by) {
    const at = this.queue.findIndex((song) => this.isCurrent(song.id));
    return at < 0 ? null : (this.queue[at + by] ?? null);
  }

  step(by) {
    const song = this.neighbour(by);
    if (song) this.play(song);
  }

  /** Stop, and have no song any more. */
  clear() {
    if (!this.song) return;
    this.audio.pause();
    this.song = null;
    this.fault = "";
    this.audio.removeAttribute("src");
    this.#tell("change");
  }

  set volume(level) {
    this.audio.volume = level;
  }

  #tell(event) {
    this.dispatchEvent(new Event(event));
  }

  async #explain() {
    const song = this.song;
    const streamed = Boolean(song?.preview_url);
    const fault = song && !streamed ? await audioFault(seekableAudioUrl(song.id)) : null;
    if (!song || song !== this.song) return;
    if (streamed) this.fault = "The store did not send its preview. Open the song's page in the store.";
    else this.fault = fault
      ? sentence(fault.message)
      : "This browser cannot play the file's format; the song itself is fine. Open its file in another player.";
    this.#tell("change");
  }
}

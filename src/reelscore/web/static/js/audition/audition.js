// Songs against the picture: two of them, A and B, of which one sounds. Others listen to the "change" events.

import { announce } from "../shared/dom.js";
import { sentence } from "../shared/notice.js";
import { filmClock } from "../video/timecode.js";
import { gainOf, Mixer } from "./mixer.js";
import { endOf, heardOf, piecesOf, RATE, songTimeAt } from "./pieces.js";
import { SoundStore } from "./sound.js";
import { Sync } from "./sync.js";

/** Plays songs under a video. Dispatches "change" when a take, the loop or the state changed. */
export class Audition extends EventTarget {
  constructor() {
    super();
    this.video = null;
    /** @type {{ A: Take | null, B: Take | null }} */
    this.takes = { A: null, B: null };
    this.active = "A";
    this.loop = null; // { start, end } of the picture, in seconds
    this.fault = "";
    this.waiting = ""; // id of the song that is being loaded
    this.mixer = new Mixer(() => this.video);
    this.film = filmClock(null); // how its frames count
    this.shown = null; // { start, end } of its pictures, in seconds; null: as long as the video plays
    this.sync = null; // built with the first song: a browser lets sound begin with a gesture only
  }

  get song() {
    return this.takes[this.active]?.song ?? null;
  }

  get offset() {
    return this.takes[this.active]?.offset ?? 0;
  }

  /** The document of the fit that is heard, or null. */
  get fit() {
    return this.takes[this.active]?.fit ?? null;
  }

  /** What of the song lies where under the picture; none without a song. */
  get pieces() {
    const take = this.takes[this.active];
    return take ? piecesOf(take) : [];
  }

  /** Take over what was measured in the film, or nothing: how its frames count, when they are shown, and where somebody speaks. */
  setFilm(measured) {
    this.film = filmClock(measured);
    this.shown = measured?.duration ? { start: measured.picture_start ?? 0, end: measured.duration } : null;
    this.mixer.speech = measured?.speech_spans ?? [];
    const take = this.takes[this.active];
    if (measured && take?.buffer) this.#sound(take); // it has sounded while the film was watched
  }

  /** The dB that match the song of a slot to others; null if its loudness is not known, or nothing is matched. */
  gainOf(slot) {
    return this.mixer.gainOf(this.takes[slot]);
  }

  /** The second of the picture at which the song ends. */
  get end() {
    return this.song ? endOf(this.pieces) : 0;
  }

  /** The second of the song that lies under a second of the picture, or null. */
  songTimeAt(seconds) {
    return songTimeAt(this.pieces, seconds);
  }

  get playing() {
    return this.song !== null && Boolean(this.video) && !this.video.paused && !this.video.ended;
  }

  isCurrent(id) {
    return [this.song?.id, this.waiting].includes(id);
  }

  /** Take over a video, or none; the takes of the one before go. */
  attach(video) {
    if (video === this.video) return;
    this.video?.pause();
    this.sync?.play(null, []);
    this.video = video;
    this.takes = { A: null, B: null };
    this.active = "A";
    this.loop = null;
    this.fault = this.waiting = "";
    if (this.sync) this.sync.video = video;
    if (video) this.#listen(video);
    this.#tell();
  }

  /**
   * Play a song under the picture, from its fitting passage or so that `offset` seconds of it lie under the
   * picture's beginning. Where the picture moves it goes on, and the song before sounds until this one is
   * ready. The first song becomes A, later ones become B.
   */
  async play(song, offset = null) {
    const slot = ["A", "B"].find((name) => this.takes[name]?.song.id === song.id);
    const take = slot ? this.takes[slot] : { song, offset: song.passage?.start ?? 0, fit: null, buffer: null, gain: null };
    if (offset !== null) Object.assign(take, { offset, fit: null });
    await this.#use(slot ?? (this.takes.A ? "B" : "A"), take);
  }

  /** Let the other take sound, at the same place of the picture. */
  async switchTo(slot) {
    if (this.takes[slot]) await this.#use(slot, this.takes[slot]);
  }

  /** Make the take that sounds A, to hold others against it. */
  keep() {
    if (this.active !== "B") return;
    this.takes = { A: this.takes.B, B: this.takes.A };
    this.active = "A";
    this.#tell();
  }

  /** Get the sound of a song that may be wanted next. */
  prepare(song) {
    if (this.sync && song.audition?.allowed !== false) this.sounds.load(song).catch(() => {});
  }

  /** Play or pause the picture, with its song. */
  toggle() {
    if (!this.video) return;
    if (this.video.paused || this.video.ended) this.start();
    else this.video.pause();
  }

  start() {
    this.sync?.context.resume();
    // Interrupted starts are nothing to tell; a video that cannot play says so itself.
    this.video?.play().catch(() => {});
  }

  pause() {
    this.video?.pause();
  }

  /** Move the song: `offset` seconds of it lie under the picture's beginning. */
  setOffset(offset) {
    const take = this.takes[this.active];
    if (!take) return;
    const length = take.buffer?.duration ?? take.song.duration_seconds ?? 0;
    const picture = this.video?.duration || 0;
    const within = Math.max(-picture + 0.5, Math.min(length - 0.5, offset));
    take.offset = Math.round(within * RATE) / RATE;
    this.#change(take);
  }

  /** Let the song sound as a fit has it; null: whole again, where it lay before. */
  setFit(fit) {
    const take = this.takes[this.active];
    if (!take) return;
    take.fit = fit;
    this.#change(take);
  }

  #change(take) {
    if (take.buffer) this.#sound(take);
    this.#tell();
  }

  #sound(take) {
    const shown = this.shown ?? { start: 0, end: this.video?.duration || Infinity };
    this.sync?.play(take.buffer, heardOf(take, shown), this.mixer.levelOf(take));
  }

  /** Change how the music is mixed: `{ matched, ducking }`. */
  mix(changes) {
    Object.assign(this.mixer, changes);
    this.sync?.setLevel(this.mixer.levelOf(this.takes[this.active]));
    this.mixer.follow(0);
    this.#tell();
  }

  seek(seconds) {
    if (this.video) this.video.currentTime = Math.max(0, Math.min(seconds, (this.video.duration || 0) - 0.005));
  }

  /** Repeat a stretch of the picture; null: play on. */
  setLoop(loop) {
    this.loop = loop && loop.end - loop.start >= 0.2 ? loop : null;
    if (this.loop && this.video && (this.video.currentTime < loop.start || this.video.currentTime >= loop.end)) {
      this.seek(loop.start);
    }
    this.#tell();
  }

  async #use(slot, take) {
    this.#open();
    this.fault = "";
    this.waiting = take.song.id;
    this.start();
    this.#tell();
    try {
      take.buffer ??= await this.sounds.load(take.song);
      take.gain ??= await gainOf(take);
      if (this.waiting !== take.song.id) return; // another one was wanted meanwhile
      this.takes = { ...this.takes, [slot]: take };
      this.active = slot;
      this.waiting = "";
      this.#sound(take);
      announce(`${slot}: ${take.song.title}`);
    } catch (error) {
      if (this.waiting !== take.song.id) return;
      this.waiting = "";
      this.fault = sentence(error.message);
    }
    this.#tell();
  }

  #open() {
    if (this.sync) return;
    const context = new AudioContext({ latencyHint: "interactive", sampleRate: RATE });
    this.sounds = new SoundStore(context);
    this.sync = new Sync(context, this.mixer.open(context), (ahead) => this.mixer.follow(ahead));
    this.sync.video = this.video;
  }

  #listen(video) {
    const own = (handler) => () => video === this.video && handler();
    for (const event of ["playing", "seeked", "ratechange"]) video.addEventListener(event, own(() => this.sync?.restart()));
    for (const event of ["pause", "seeking", "waiting"]) video.addEventListener(event, own(() => this.sync?.pause()));
    for (const event of ["play", "pause", "ended", "loadedmetadata"]) video.addEventListener(event, own(() => this.#tell()));
    video.addEventListener("ended", own(() => this.#again() || this.sync?.pause()));
    const watch = own(() => {
      if (this.loop && !video.seeking && video.currentTime >= this.loop.end - 0.01) this.#again();
      if (!video.paused) requestAnimationFrame(watch);
    });
    video.addEventListener("play", watch);
    video.addEventListener("timeupdate", own(() => {
      // In a tab behind others no frames are drawn.
      if (this.loop && !video.seeking && video.currentTime >= this.loop.end) this.#again();
    }));
  }

  #again() {
    if (!this.loop || this.video.currentTime > this.loop.end + 0.4) return false;
    this.seek(this.loop.start);
    if (this.video.paused || this.video.ended) this.start();
    return true;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

// J, K, L: the picture backwards, stopped, forwards, each press of J or L twice as fast; and frame by frame.

const FASTEST = 8;

/** Moves the picture of an audition. Dispatches "change" when its speed did. */
export class Shuttle extends EventTarget {
  #speed = 0;
  #frame = 0;

  constructor(audition) {
    super();
    this.audition = audition;
  }

  /** Times its own speed; negative: backwards; 0: whoever else plays or stops it. */
  get speed() {
    return this.#speed;
  }

  forward() {
    this.#go(this.#speed > 0 ? Math.min(FASTEST, this.#speed * 2) : 1);
  }

  back() {
    this.#go(this.#speed < 0 ? Math.max(-FASTEST, this.#speed * 2) : -1);
  }

  stop() {
    this.#set(0);
    const { video } = this.audition;
    if (!video) return;
    video.playbackRate = 1;
    video.pause();
  }

  /** Go to the picture so many frames on, and stand there. */
  step(frames) {
    const { video, film } = this.audition;
    if (!video) return;
    this.stop();
    this.audition.seek(film.timeOf(film.frameAt(video.currentTime) + frames));
  }

  #go(speed) {
    const { video } = this.audition;
    if (!video) return;
    this.#set(speed);
    if (speed > 0) {
      video.playbackRate = speed;
      this.audition.start();
      // Whoever pauses it otherwise ends this too.
      video.addEventListener("pause", () => speed === this.#speed && this.stop(), { once: true });
    } else {
      video.pause();
      video.addEventListener("play", () => this.#speed < 0 && this.#set(0), { once: true });
      this.#rewind(video, video.currentTime, performance.now());
    }
  }

  /** No browser plays backwards, so the picture is sent back as fast as it can be shown. */
  #rewind(video, position, before) {
    this.#frame = requestAnimationFrame((now) => {
      if (this.#speed >= 0 || video !== this.audition.video) return;
      const at = Math.max(0, position + (this.#speed * (now - before)) / 1000);
      if (at === 0) this.stop();
      if (video.seeking && at > 0) return this.#rewind(video, position, before);
      video.currentTime = at;
      if (at > 0) this.#rewind(video, at, now);
    });
  }

  #set(speed) {
    cancelAnimationFrame(this.#frame);
    this.#speed = speed;
    this.dispatchEvent(new Event("change"));
  }
}

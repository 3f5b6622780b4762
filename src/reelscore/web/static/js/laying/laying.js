// How the song of an audition lies under the cuts: its beats, its plan, its fit. Others listen to "change".

import { RATE } from "../audition/pieces.js";
import { announce } from "../shared/dom.js";
import { sentence } from "../shared/notice.js";
import { filmClock, rateOf } from "../video/timecode.js";
import { cutsOn, laidBeats, nudged, placesOf, toggledHit, withHits } from "./grid.js";
import { History } from "./history.js";
import { fitSong, planSong, readGrid } from "./requests.js";

const KEPT = 60; // songs whose beats and plans are kept

/** The song of an audition under one analysed video. */
export class Laying extends EventTarget {
  /** @param {EventTarget} audition an Audition */
  constructor(audition, analysis) {
    super();
    this.audition = audition;
    this.analysisId = analysis.analysis_id;
    const { cuts = [], picture_start: start = 0, duration } = analysis.measurements;
    this.duration = duration; // of the film, seconds
    this.pictureStart = start; // when the first picture is shown, on the player's clock
    this.measured = { cuts: cuts.map((time, at) => ({ number: at + 1, time, kind: "cut" })), rate: filmClock(analysis.measurements).rate };
    this.hits = []; // hit points, seconds of the picture
    this.grid = null;
    this.document = null; // the plan of the song that sounds
    this.fault = null; // { message, again() }
    this.busy = ""; // "plan", "fit"
    this.grids = new Map(); // song id -> promise of its grid
    this.plans = new Map(); // song id and hit points -> promise of a plan
    this.asked = null; // what was asked for last
    this.history = new History();
    this.before = null; // how the song lay at the last change
    this.listen = () => {
      this.#remember();
      this.#follow();
    };
    audition.addEventListener("change", this.listen);
    this.#follow();
  }

  destroy() {
    this.asked = null;
    this.audition.removeEventListener("change", this.listen);
  }

  get plan() {
    return this.document?.plan ?? null;
  }

  get fit() {
    return this.audition.fit;
  }

  /** Frames a second that errors and nudges are counted in. */
  get rate() {
    return this.plan ? rateOf(this.plan.rate) : this.measured.rate;
  }

  /** The beats where they lie now. */
  get laid() {
    const { grid } = this;
    const { pieces } = this.audition;
    if (this.known?.grid !== grid || !samePieces(this.known.pieces, pieces)) {
      this.known = { grid, pieces, laid: grid ? laidBeats(grid, pieces) : [] };
    }
    return this.known.laid;
  }

  /** Every cut, as it lies now. */
  get cuts() {
    const { plan } = this;
    const cuts = plan ? plan.cuts : withHits(this.measured.cuts, this.hits);
    return cutsOn(this.laid, cuts.map(({ number, time, kind }) => ({ number, time, kind })), { rate: this.rate, tolerance: plan?.tolerance ?? 1 });
  }

  /** The number of the place of the plan that the song lies at, or -1. */
  get place() {
    return this.plan && !this.fit ? placesOf(this.plan).indexOf(Math.round(this.audition.offset * RATE)) : -1;
  }

  /** Lay the song at the best place of its plan, or at the next one where it lies at one. */
  next() {
    if (!this.plan || this.plan.grade === "none") return;
    const places = placesOf(this.plan);
    const at = (this.place + 1) % places.length;
    this.audition.setFit(null);
    this.audition.setOffset(places[at] / RATE);
    announce(`Place ${at + 1} of ${places.length}`);
  }

  /** Move the song by a frame, a beat or a bar, later (1) or earlier (-1). */
  nudge(unit, by) {
    const { audition } = this;
    if (!audition.song || this.fit) return;
    const to = nudged(audition.offset, unit, by, { grid: this.grid, position: audition.video?.currentTime ?? 0, rate: this.rate });
    if (to !== null) audition.setOffset(to);
  }

  /** Set a hit point, or take away the one that is there; the plan is made anew with it. Tells "hits". */
  toggleHit(seconds) {
    const before = this.hits.length;
    this.history.add({ hits: this.hits });
    this.setHits(toggledHit(this.hits, seconds, this.rate));
    announce(this.hits.length > before ? "Hit point set" : "Hit point removed");
    this.dispatchEvent(new Event("hits"));
  }

  /** Take back the last change of the song's place or of the hit points ("back"), or do it again ("forth"). */
  undo(way = "back") {
    const { audition } = this;
    const entry = this.history[way](audition.song?.id, ({ hits }) => (hits ? { hits: this.hits } : this.#lies()));
    if (!entry) {
      announce(way === "back" ? "Nothing to take back" : "Nothing to do again");
      return;
    }
    if (entry.hits) {
      this.setHits(entry.hits);
      this.dispatchEvent(new Event("hits"));
    } else {
      this.before = null; // this change is none to be taken back
      audition.setOffset(entry.offset);
      this.before = null;
      audition.setFit(entry.fit);
    }
    announce(way === "back" ? "Taken back" : "Done again");
  }

  /** Take over hit points that were kept. */
  setHits(hits) {
    if (String(hits) === String(this.hits)) return;
    this.hits = [...hits];
    this.#follow();
    this.#tell();
  }

  /** Bring the song to the length of the film. */
  async fitToFilm(options) {
    const { song } = this.audition;
    if (!song || this.busy === "fit") return;
    this.busy = "fit";
    this.fault = null;
    this.#tell();
    try {
      const fit = await fitSong(this.analysisId, song.id, options);
      if (this.audition.song?.id === song.id && this.asked) this.audition.setFit(fit);
    } catch (error) {
      this.#fail(error, () => this.fitToFilm(options));
    }
    this.busy = this.busy === "fit" ? "" : this.busy;
    this.#tell();
  }

  whole() {
    this.audition.setFit(null);
  }

  /** Make the plan anew, where the server has it no more or its video or song changed. */
  planAgain() {
    this.plans.clear();
    this.grids.clear();
    this.asked = null;
    this.#follow();
  }

  #lies() {
    const { song, offset, fit } = this.audition;
    return song ? { song: song.id, offset, fit } : null;
  }

  #remember() {
    const [before, now] = [this.before, this.#lies()];
    const moved = before && now && before.song === now.song && (before.offset !== now.offset || before.fit !== now.fit);
    if (moved) this.history.add(before);
    this.before = now;
  }

  /** Ask for what belongs to the song that sounds now. */
  async #follow() {
    const { song } = this.audition;
    const wanted = song ? JSON.stringify([song.id, this.hits]) : "";
    if (wanted === this.asked) {
      this.#tell();
      return;
    }
    const isOther = !song || this.songId !== song.id;
    this.asked = wanted;
    this.songId = song?.id;
    this.fault = null;
    if (isOther) this.grid = this.document = null;
    this.busy = song ? "plan" : "";
    this.#tell();
    if (!song) return;
    const [grid, plan] = await Promise.allSettled([
      remembered(this.grids, song.id, () => readGrid(song.id)),
      remembered(this.plans, wanted, () => planSong(this.analysisId, song.id, this.hits)),
    ]);
    if (wanted !== this.asked) return;
    this.grid = grid.value ?? null;
    this.document = plan.value ?? null;
    const failed = plan.reason ?? grid.reason;
    if (failed) this.#fail(failed, () => this.planAgain());
    this.busy = this.busy === "plan" ? "" : this.busy;
    this.#tell();
  }

  #fail(error, again) {
    if (!error.code) throw error; // a fault of this page belongs in the console
    this.fault = { message: sentence(error.message), again };
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** The promise of a key, made where there is none; one that failed is not kept. */
function remembered(known, key, make) {
  if (!known.has(key)) {
    while (known.size >= KEPT) known.delete(known.keys().next().value);
    const made = make();
    made.catch(() => known.get(key) === made && known.delete(key));
    known.set(key, made);
  }
  return known.get(key);
}

const samePieces = (one, other) => JSON.stringify(one) === JSON.stringify(other);

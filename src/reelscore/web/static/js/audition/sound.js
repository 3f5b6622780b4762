// Songs as decoded sound, ready to start at any sample. A few are kept, so that going back and forth costs nothing.

import { ApiError, audioUrl, failureOf, unreachable } from "../shared/api.js";
import { clock } from "../shared/format.js";

const KEPT = 4;
// A decoded song takes 23 MB a minute; what is longer than this is no song to lay under a cut.
const LONGEST_SECONDS = 20 * 60;

/** Loads and keeps decoded songs of one AudioContext. */
export class SoundStore {
  /** @param {BaseAudioContext} context */
  constructor(context) {
    this.context = context;
    this.sounds = new Map(); // song id -> promise of an AudioBuffer, the one that was used last at the end
  }

  /** The sound of a song; rejects with ApiError if it cannot be had. @returns {Promise<AudioBuffer>} */
  load(song) {
    const known = this.sounds.get(song.id);
    if (known) {
      this.sounds.delete(song.id);
      this.sounds.set(song.id, known);
      return known;
    }
    const loading = this.#fetch(song);
    this.sounds.set(song.id, loading);
    loading.catch(() => this.sounds.get(song.id) === loading && this.sounds.delete(song.id));
    while (this.sounds.size > KEPT) this.sounds.delete(this.sounds.keys().next().value);
    return loading;
  }

  async #fetch(song) {
    const length = song.duration_seconds ?? 0;
    if (length > LONGEST_SECONDS) {
      throw new ApiError("too_long", `“${song.title}” is ${clock(length)} long; under a picture songs of up to 20 minutes can be tried. Play it by itself instead.`);
    }
    let response;
    let bytes;
    try {
      response = await fetch(audioUrl(song.id));
      if (!response.ok) throw failureOf(response.status, await response.json().catch(() => null));
      bytes = await response.arrayBuffer();
    } catch (error) {
      throw error instanceof ApiError ? error : unreachable();
    }
    try {
      return await this.context.decodeAudioData(bytes);
    } catch {
      throw new ApiError("undecodable", `this browser cannot decode the format of “${song.title}”; its file is fine, convert a copy to FLAC, MP3 or Opus to try it under a picture`);
    }
  }
}

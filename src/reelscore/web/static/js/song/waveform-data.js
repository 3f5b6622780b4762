// Waveforms as the server drew them, read once for each song.

import { part, request } from "../shared/api.js";

const MOST = 400; // songs whose waveforms are kept: about a megabyte
const known = new Map(); // song id -> promise of a waveform

/** @typedef {{ seconds: number, peaks: Uint8Array, levels: Uint8Array }} Waveform */

/** The waveform of a song; rejects with ApiError if there is none. @returns {Promise<Waveform>} */
export function readWaveform(id) {
  if (!known.has(id)) {
    if (known.size >= MOST) known.delete(known.keys().next().value);
    const reading = request(`/api/songs/${part(id)}/waveform`).then(({ data }) => ({
      seconds: data.seconds,
      peaks: bytesOf(data.peaks),
      levels: bytesOf(data.levels),
    }));
    reading.catch(() => known.delete(id)); // asked again when it is looked at again
    known.set(id, reading);
  }
  return known.get(id);
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The largest value of an array of bytes within a share of its length, 0..1. */
export function highest(bytes, from, to) {
  const first = Math.max(0, Math.floor(from * bytes.length));
  const last = Math.min(bytes.length, Math.max(first + 1, Math.ceil(to * bytes.length)));
  let most = 0;
  for (let index = first; index < last; index += 1) most = Math.max(most, bytes[index]);
  return most / 255;
}

// A song as pieces on the picture's axis, and what has to sound from a moment on. Pure; positions are samples.

/** Samples a second of plans and fits; the page's AudioContext has the same. */
export const RATE = 48_000;
// The fades of `sync/timeline.py`: music that begins past the beginning of its song, and music that the picture cuts short.
const SOFT_START = RATE / 200;
const OUT = 1.5 * RATE;
const CUT_SHORT = RATE / 10;

/** @typedef {{ source: number, record: number, length: number, fadeIn: number, fadeOut: number }} Piece
 * `source`: where in the song it begins; `record`: where it lies under the picture, negative: before its beginning. */

/**
 * @typedef {{ song: object, offset: number, fit: object | null, buffer: AudioBuffer | null, gain: number | null }} Take
 * `offset`: seconds of the song at the picture's beginning; `fit`: its document if it was fitted, and has no offset;
 * `gain`: the dB that match it to others, null if its loudness is not known
 */

/** The whole song, so that `offset` seconds of it lie under the picture's beginning. @returns {Piece[]} */
export function wholeSong(offset, seconds) {
  return [{ source: 0, record: -Math.round(offset * RATE), length: Math.round(seconds * RATE), fadeIn: 0, fadeOut: 0 }];
}

/** The events of a fitted song, as the API gives them. @returns {Piece[]} */
export function fittedSong(events) {
  return events.map((event) => ({
    source: event.source_in, record: event.record_in, length: event.length, fadeIn: event.fade_in, fadeOut: event.fade_out,
  }));
}

/** What of a take's song lies where under the picture. @returns {Piece[]} */
export function piecesOf({ song, offset, fit, buffer }) {
  return fit ? fittedSong(fit.fit.events) : wholeSong(offset, buffer?.duration ?? song.duration_seconds ?? 0);
}

/**
 * What of a take is heard while pictures are shown, from `start` to `end` seconds: as an export has it, fades included.
 * @returns {Piece[]}
 */
export function heardOf(take, { start, end }) {
  const last = take.fit ? Infinity : Math.round(end * RATE); // a fit has an ending of its own
  return piecesOf(take).map(({ source, record, length, fadeIn, fadeOut }) => {
    const lost = Math.max(0, Math.round(start * RATE) - record);
    const left = length - lost;
    const heard = Math.min(left, last - record - lost);
    const quarter = Math.floor(heard / 4);
    return {
      source: source + lost,
      record: record + lost,
      length: heard,
      fadeIn: Math.max(fadeIn - lost, lost ? Math.min(SOFT_START, quarter) : 0),
      fadeOut: left - heard > CUT_SHORT ? Math.min(OUT, quarter) : fadeOut,
    };
  }).filter(({ length }) => length > 0);
}

/** The second of the song that lies under a second of the picture; null if there is silence. */
export function songTimeAt(pieces, seconds) {
  const at = seconds * RATE;
  const piece = pieces.findLast(({ record, length }) => record <= at && at < record + length);
  return piece ? (piece.source + at - piece.record) / RATE : null;
}

/** The second at which the last piece ends. */
export const endOf = (pieces) => Math.max(...pieces.map(({ record, length }) => record + length)) / RATE;

/**
 * What sounds of a piece when the picture is at `position` seconds: `wait` until it begins, `offset` and `duration`
 * in the song, all in seconds, and `curves` of its gain, each from a `wait` on. Null: it is over.
 */
export function soundOf(piece, position) {
  const at = Math.round(position * RATE);
  const begin = Math.max(piece.record, at);
  const end = piece.record + piece.length;
  if (begin >= end) return null;
  const curves = [];
  const into = begin - piece.record;
  const wait = begin / RATE - position;
  if (into < piece.fadeIn) {
    curves.push({ wait, duration: (piece.fadeIn - into) / RATE, values: quarterSine(into / piece.fadeIn, 1, piece.fadeIn - into) });
  }
  if (piece.fadeOut > 0) {
    const from = Math.max(end - piece.fadeOut, begin);
    const left = end - from;
    curves.push({ wait: from / RATE - position, duration: left / RATE, values: quarterSine(left / piece.fadeOut, 0, left) });
  }
  return { wait, offset: (piece.source + into) / RATE, duration: (end - begin) / RATE, curves };
}

/** The shape of a fade, as the mix has it, between two shares of its full length. */
export function quarterSine(from, to, samples) {
  const count = Math.max(2, Math.min(512, samples + 1));
  return Float32Array.from({ length: count }, (_, at) => Math.sin((Math.PI / 2) * (from + ((to - from) * at) / (count - 1))));
}

// What was done to the places of songs and to hit points, so that it can be taken back.

const TOGETHER_MS = 600; // a song that is drawn along, or nudged by a key that is held, moves in one step
const MOST = 200;

/** Entries are what was before: `{ song, offset, fit }` of a song, or `{ hits }` of the picture. */
export class History {
  #past = [];
  #future = [];
  #at = -Infinity;

  /** Note what was before a change; what was taken back before it cannot come again. */
  add(before, now = Date.now()) {
    const goesOn = before.song !== undefined && this.#past.at(-1)?.song === before.song && now - this.#at < TOGETHER_MS;
    this.#at = now;
    this.#future = [];
    if (!goesOn) this.#past.push(before);
    if (this.#past.length > MOST) this.#past.shift();
  }

  /** The last entry of a song or of the hit points, taken out; null: there is none. `present(entry)` is kept instead. */
  back(song, present) {
    return this.#move(this.#past, this.#future, song, present);
  }

  /** What was taken back last, likewise. */
  forth(song, present) {
    return this.#move(this.#future, this.#past, song, present);
  }

  #move(from, to, song, present) {
    const at = from.findLastIndex((entry) => entry.hits !== undefined || entry.song === song);
    if (at < 0) return null;
    this.#at = -Infinity;
    const [entry] = from.splice(at, 1);
    to.push(present(entry));
    return entry;
  }
}

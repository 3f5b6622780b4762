// The points of the map, and which of them are near a place.

import { readMapPoints } from "../shared/library-api.js";

const CELLS = 128; // along each side of the grid that neighbours are looked up in
const FULL = 65535;

/** The map of a version: typed arrays with one value for each song, and `nearest`. */
export async function loadMap(state, signal) {
  const buffer = await readMapPoints(state.version, signal);
  const count = state.songs;
  const points = {
    version: state.version,
    groups: state.groups,
    count,
    x: new Uint16Array(buffer, 0, count),
    y: new Uint16Array(buffer, 2 * count, count),
    group: new Uint8Array(buffer, 4 * count, count),
    tempo: new Uint8Array(buffer, 5 * count, count),
    energy: new Uint8Array(buffer, 6 * count, count),
  };
  return { ...points, nearest: nearestOf(points) };
}

/** A function that finds the places nearest to (x, y), each 0..1, the nearest first. */
function nearestOf({ count, x, y }) {
  const cellOf = (value) => Math.min(CELLS - 1, Math.floor((value / (FULL + 1)) * CELLS));
  const starts = new Uint32Array(CELLS * CELLS + 1);
  for (let place = 0; place < count; place += 1) starts[cellOf(y[place]) * CELLS + cellOf(x[place]) + 1] += 1;
  for (let cell = 0; cell < CELLS * CELLS; cell += 1) starts[cell + 1] += starts[cell];
  const next = starts.slice();
  const order = new Uint32Array(count);
  for (let place = 0; place < count; place += 1) {
    const cell = cellOf(y[place]) * CELLS + cellOf(x[place]);
    order[next[cell]] = place;
    next[cell] += 1;
  }

  return (atX, atY, most, within = Infinity) => {
    const wantedX = atX * FULL;
    const wantedY = atY * FULL;
    const column = Math.max(0, cellOf(wantedX));
    const row = Math.max(0, cellOf(wantedY));
    const size = (FULL + 1) / CELLS;
    const limit = within * FULL;
    let found = [];
    for (let ring = 0; ring < CELLS; ring += 1) {
      // Whatever lies in this ring is at least so far away.
      const least = (ring - 1) * size;
      if (least > limit || (found.length >= most && found[most - 1].far < least)) break;
      for (let r = row - ring; r <= row + ring; r += 1) {
        for (let c = column - ring; c <= column + ring; c += 1) {
          const edge = Math.max(Math.abs(r - row), Math.abs(c - column)) === ring;
          if (!edge || r < 0 || c < 0 || r >= CELLS || c >= CELLS) continue;
          const cell = r * CELLS + c;
          for (let at = starts[cell]; at < starts[cell + 1]; at += 1) {
            const place = order[at];
            const far = Math.hypot(x[place] - wantedX, y[place] - wantedY);
            if (far <= limit) found.push({ place, far });
          }
        }
      }
      found.sort((one, other) => one.far - other.far);
      found = found.slice(0, most);
    }
    return found.map(({ place }) => place);
  };
}

// A song that is drawn along snaps: its passage, sections, bars and beats on the cuts and hit points of the film. Pure.

export const SNAP_PIXELS = 7;
const ROOM = 4; // what is nearer to its neighbours than so many times that would hold the song everywhere

/**
 * What of a song may snap, in its seconds: [{ time, name, rank }] in order. `scale`: pixels of a second.
 * @param {import("./grid.js").Grid | null} grid
 */
export function anchorsOf(song, grid, scale) {
  const { passage, duration_seconds: length } = song;
  const parts = grid?.sections ?? [];
  const places = [
    { time: 0, name: "start", rank: 3 },
    ...(length ? [{ time: length, name: "end", rank: 2 }] : []),
    ...(passage ? [{ time: passage.start, name: "passage", rank: 4 }, { time: passage.end, name: "end of the passage", rank: 2 }] : []),
    ...parts.map(({ start }) => ({ time: start, name: "section", rank: 3 })),
    ...spread(grid?.bars ?? [], scale).map((time) => ({ time, name: "bar", rank: 2 })),
    ...spread(grid?.times ?? [], scale).map((time) => ({ time, name: "beat", rank: 1 })),
  ];
  return places.sort((one, other) => one.time - other.time);
}

/** Times, if there is room between them. */
function spread(times, scale) {
  if (times.length < 2) return times;
  return ((times.at(-1) - times[0]) / (times.length - 1)) * scale >= ROOM * SNAP_PIXELS ? times : [];
}

/** What of a film holds a song: its start, its cuts and hit points. */
export function targetsOf(cuts) {
  const kinds = { hit: ["hit point", 3], dissolve: ["dissolve", 2], cut: ["cut", 2] };
  return [
    { time: 0, name: "the start", rank: 2 },
    ...cuts.map(({ time, kind, number }) => ({ time, name: `${(kinds[kind] ?? kinds.cut)[0]} ${number}`, rank: (kinds[kind] ?? kinds.cut)[1] })),
  ];
}

/**
 * The offset that a wanted one snaps to, with what lies on what then: { offset, words }; null if nothing is near.
 * Of several the one that matters most, then the nearest. `within`: seconds.
 */
export function snapped(offset, anchors, targets, within) {
  let best = null;
  for (const target of targets) {
    const place = offset + target.time;
    for (const anchor of anchors) {
      const off = Math.abs(anchor.time - place);
      if (off > within) continue;
      const rank = anchor.rank + target.rank;
      if (!best || rank > best.rank || (rank === best.rank && off < best.off)) {
        best = { rank, off, offset: anchor.time - target.time, words: `${anchor.name} on ${target.name}` };
      }
    }
  }
  return best && { offset: best.offset, words: best.words };
}

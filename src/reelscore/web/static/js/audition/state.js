// What is to be said of a song under the picture: whether it keeps step, whether it is over. Pure.

import { clock } from "../shared/format.js";

const IN_STEP_SECONDS = 0.04; // what ear and eye take for one moment
const NOTICED_SECONDS = 0.5; // of silence at the end of the film

/**
 * @param {{ position: number, end: number, duration: number, step: number | null }} now the picture's second, where the
 * song ends on its axis, how long the film is, and by how much the song is off (null: not known, or it does not sound)
 * @returns {{ text: string, short: boolean }} `short`: the film goes on without the song
 */
export function stateOf({ position, end, duration, step }, timeText) {
  const missing = duration - end;
  const short = missing > NOTICED_SECONDS;
  if (short && position >= end) return { text: "The song is over.", short };
  const before = missing < 90 ? `${missing.toFixed(missing < 10 ? 1 : 0)} s` : clock(missing);
  if (short) return { text: `The song ends at ${timeText(end)}, ${before} before the film.`, short };
  if (step === null) return { text: "", short };
  return { text: Math.abs(step) <= IN_STEP_SECONDS ? "In step" : "Catching up", short };
}

// How long songs are listened to, which is noted as taste. The seconds are those that sounded, not those that were skipped.

import { at } from "../shared/root.js";

const LEAST_SECONDS = 5;
const PATH = "/api/taste/auditions";

/**
 * Tell the server of each song that a player (`song`, `playing`, "change" events) has let sound.
 * `projectOf()` names the project that is worked on, or "". `clock` and `send` are for tests.
 */
export function noteHeard(player, projectOf = () => "", { clock = () => performance.now() / 1000, send = beacon } = {}) {
  let song = null;
  let since = null; // when it began to sound; null: it is silent
  let seconds = 0;

  function count() {
    const now = clock();
    if (since !== null) seconds += now - since;
    since = player.playing ? now : null;
  }

  /** What was heard so far: another song comes, or the page is about to go. */
  function flush() {
    count();
    if (song && seconds >= LEAST_SECONDS) {
      send({ song_id: song, seconds: Math.round(seconds * 10) / 10, project_id: projectOf() || null });
    }
    seconds = 0;
  }

  player.addEventListener("change", () => {
    const other = player.song?.id ?? null;
    if (other === song) return count();
    flush();
    song = other;
  });
  return { flush };
}

function beacon(body) {
  navigator.sendBeacon(at(PATH), new Blob([JSON.stringify(body)], { type: "application/json" }));
}

// Requests about songs under cuts: beats, plans, fits.

import { part, request } from "../shared/api.js";
import { gridOf } from "./grid.js";

/** The grid of a song; without sections where those cannot be had. */
export async function readGrid(songId) {
  const [beats, sections] = await Promise.all([
    request(`/api/songs/${part(songId)}/beats`),
    request(`/api/songs/${part(songId)}/sections`).then(({ data }) => data, () => []),
  ]);
  return gridOf(beats, sections);
}

/** Where a song lies best under the cuts of a video, and under hit points (seconds): a document with an id. */
export async function planSong(analysisId, songId, hits, signal) {
  const { data } = await request("/api/sync", { method: "POST", json: { analysis_id: analysisId, song_ids: [songId], hits }, signal });
  return data.plans[0];
}

/** A song that is as long as a video: a document with an id. `hitAt`: second at which its climax lies, or null. */
export async function fitSong(analysisId, songId, { ending, hitAt }, signal) {
  const json = { analysis_id: analysisId, song_id: songId, ending, ...(hitAt === null ? {} : { hit_at: hitAt }) };
  return (await request("/api/fit", { method: "POST", json, signal })).data;
}

// Asks the server for the answer to a question.

import { recommendFile, request } from "../shared/api.js";

/** Songs of one answer: enough to choose from, little enough to be there at once. */
export const LIMIT = 30;

const post = (path, json, signal) => request(path, { method: "POST", json, signal });

/** What comes with every question. */
function common(query) {
  return {
    limit: LIMIT,
    filters: query.filters,
    options: query.options,
    ...(query.unlike.length ? { avoid_song_ids: query.unlike } : {}),
  };
}

/** The answer to a sentence. */
export function answerText(query, signal) {
  const like = query.like ? { song_id: query.like } : {};
  return post("/api/recommendations/text-recommendations", { query: query.text, ...like, ...common(query) }, signal);
}

/** Songs like one of the library. */
export function answerSong(query, signal) {
  return post("/recommend", { song_id: query.id, ...common(query) }, signal);
}

/** Songs like an audio file of this computer. */
export function answerFile(query, file, signal) {
  return recommendFile(file, { limit: LIMIT, filters: query.filters, options: query.options, unlike: query.unlike }, signal);
}

/** Songs for the analysis of a video, as it is or as somebody edited it. Nothing is analysed anew. */
export function answerVideo(query, signal) {
  const { wishes } = query;
  const edited = wishes
    ? { phrases: wishes.phrases, avoid: wishes.avoid, tempo_bpm: wishes.tempo, energy: wishes.energy }
    : {};
  return post("/api/recommendations/search", {
    analysis_id: query.id,
    ...(query.project ? { project_id: query.project } : {}),
    ...edited,
    ...(query.about ? { about: query.about } : {}),
    ...(query.guide ? { guide: query.guide } : {}),
    ...(query.like ? { song_id: query.like } : {}),
    ...common(query),
  }, signal);
}

/** A stored analysis with the query that it asks for. */
export const readAnalysis = async (id, signal) => (await request(`/api/analyses/${encodeURIComponent(id)}`, { signal })).data;

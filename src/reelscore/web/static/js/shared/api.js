// Every request that the page makes. Answers come back as their body, failures as ApiError.

import { at, within } from "./root.js";

/** A failure with the stable code and the sentence that the server gave. */
export class ApiError extends Error {
  constructor(code, message, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The failure of a request that no server answered. */
export function unreachable() {
  return new ApiError("unreachable", "The server does not answer. See whether it is still running, then try again.");
}

/** The failure that a response with an error status carries. */
export function failureOf(status, body) {
  const error = body?.error ?? {};
  if (error.code === "sign_in_needed") location.assign(at(`/sign-in?next=${encodeURIComponent((within(location.pathname) ?? "/") + location.search)}`));
  return new ApiError(
    error.code ?? "unknown",
    error.message ?? `the server answered with status ${status} and no explanation`,
    status,
  );
}

export async function request(path, { method = "GET", json, body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(at(path), { method, headers, body: json === undefined ? body : JSON.stringify(json), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
  if (!response.ok) throw failureOf(response.status, answer);
  if (answer === null) throw new ApiError("bad_answer", "the server's answer is not JSON; is this reelscore?");
  return answer;
}

export const part = encodeURIComponent;

export const health = async () => (await request("/health")).data;

export const song = async (id, signal) => (await request(`/api/songs/${part(id)}`, { signal })).data;

export const searchSongs = (search, limit, signal) =>
  request(`/api/songs?${new URLSearchParams({ search, limit })}`, { signal });

/** Songs like an audio file of this computer. */
export function recommendFile(file, { limit, filters = {}, options = {}, unlike = [] }, signal) {
  const body = new FormData();
  body.append("limit", String(limit));
  body.append("filters", JSON.stringify(filters));
  body.append("options", JSON.stringify(options));
  body.append("avoid_song_ids", JSON.stringify(unlike));
  body.append("song", file, file.name);
  return request("/recommend", { method: "POST", body, signal });
}

/** Start filling the library; answers with the id of the task. */
export const initializeDatabase = async () =>
  (await request("/api/recommendations/initialize-database", { method: "POST", json: {} })).data.task_id;

export const task = async (id, signal) => (await request(`/api/tasks/${part(id)}`, { signal })).data;

export const cancelTask = async (id) => (await request(`/api/tasks/${part(id)}`, { method: "DELETE" })).data;

export const taskEventsUrl = (id) => at(`/api/tasks/${part(id)}/events`);

export const analyzeVideoUrl = "/api/recommendations/analyze-video";

export const audioUrl = (id) => at(`/api/songs/${part(id)}/audio`);

/** The sound in a form in which an audio element finds each moment; a decoder of whole files needs none. */
export const seekableAudioUrl = (id) => `${audioUrl(id)}?seekable=true`;

/** Why an audio address does not play, in the server's words; null if the server sees no fault. */
export async function audioFault(url) {
  try {
    const response = await fetch(url, { headers: { Range: "bytes=0-0" } });
    if (response.ok) return null;
    return failureOf(response.status, await response.json());
  } catch {
    return unreachable();
  }
}

/** What filters can name in this library. */
export const readChoices = async (signal) => (await request("/api/filters", { signal })).data;

/** The tables of filters and ranking options. */
export const readFormFields = async () => (await request("/api/filters/fields")).data;

/** The clips of the demo. */
export const readDemoVideos = async (signal) => (await request("/api/demo/videos", { signal })).data;

// Requests about the library as a whole: its list, its map, its jobs, its state.

import { failureOf, part, request, unreachable } from "./api.js";
import { at } from "./root.js";

/** A page of the library: `{ data, total }`. */
export const listSongs = (wanted, signal) => request(`/api/songs?${parametersOf(wanted)}`, { signal });

/** Songs like one, among those that the filters let through. */
export const songsLike = (id, wanted, signal) => request(`/api/songs/${part(id)}/similar?${parametersOf(wanted)}`, { signal });

export const removeSong = (id) => request(`/api/songs/${part(id)}`, { method: "DELETE" });

/** Correct fields of a song; null takes a correction back. */
export const correctSong = (id, values) => request(`/api/songs/${part(id)}/corrections`, { method: "PATCH", json: values });

export const spectrogramUrl = (id) => at(`/api/songs/${part(id)}/spectrogram.png`);

export const readMap = async (signal) => (await request("/api/library/map", { signal })).data;

export const makeMap = async () => (await request("/api/library/map", { method: "POST" })).data.task_id;

/** The songs at some places of the map. */
export const songsOnMap = async (version, places, signal) =>
  (await request(`/api/library/map/songs?${parametersOf({ version, places: places.join(",") })}`, { signal })).data;

/** The points of the map as they are stored, a view on bytes. */
export async function readMapPoints(version, signal) {
  let response;
  try {
    response = await fetch(at(`/api/library/map/points?${parametersOf({ version })}`), { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (!response.ok) throw failureOf(response.status, await response.json().catch(() => null));
  return response.arrayBuffer();
}

export const libraryHealth = async (signal) => (await request("/api/library/health", { signal })).data;

export const readLastHour = async (signal) => (await request("/api/library/last-hour", { signal })).data;

export const listSources = async (signal) => (await request("/api/library/sources", { signal })).data;

/** Start adding music; answers with the id of the task. */
export const ingest = async (source, options) =>
  (await request("/api/library/ingest", { method: "POST", json: { source, options } })).data.task_id;

export const listTasks = async (limit, signal) => (await request(`/api/tasks?limit=${limit}`, { signal })).data;

/** Run a task that failed once more; answers with the id of the new one. */
export const retryTask = async (id) => (await request(`/api/tasks/${part(id)}/retry`, { method: "POST" })).data.task_id;

/** An address's parameters, without those that have no value; records become JSON. */
function parametersOf(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") continue;
    if (typeof value !== "object") parameters.set(name, String(value));
    else if (Object.keys(value).length > 0) parameters.set(name, JSON.stringify(value));
  }
  return parameters;
}

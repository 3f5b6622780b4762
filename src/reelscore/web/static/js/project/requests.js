// Requests about projects.

import { part, request } from "../shared/api.js";
import { at as rooted } from "../shared/root.js";

const at = (id) => `/api/projects/${part(id)}`;

const send = async (path, method, json) => (await request(path, { method, json })).data;

/** The newest projects in short. */
export const recentProjects = async (limit, signal) => (await request(`/api/projects?limit=${limit}`, { signal })).data;

/** A project whole. */
export const readProject = async (id, signal) => (await request(at(id), { signal })).data;

/** The project with a film that was changed last, or null. */
export async function projectOf(analysisId, signal) {
  const { data } = await request(`/api/projects?${new URLSearchParams({ analysis_id: analysisId, limit: 1 })}`, { signal });
  return data.length ? readProject(data[0].id, signal) : null;
}

export const makeProject = (fields) => send("/api/projects", "POST", fields);

export const changeProject = (id, fields) => send(at(id), "PATCH", fields);

export const removeProject = (id) => send(at(id), "DELETE");

export const addFilm = (id, fields) => send(`${at(id)}/films`, "POST", fields);

export const changeFilm = (id, filmId, fields) => send(`${at(id)}/films/${part(filmId)}`, "PATCH", fields);

export const dropFilm = (id, filmId) => send(`${at(id)}/films/${part(filmId)}`, "DELETE");

export const keepSong = (id, songId, fields) => send(`${at(id)}/songs/${part(songId)}`, "PUT", fields);

export const dropSong = (id, songId) => send(`${at(id)}/songs/${part(songId)}`, "DELETE");

/** The links to a project that are not over. */
export const readLinks = async (id, signal) => (await request(`${at(id)}/links`, { signal })).data;

/** A new link; its address is in this answer alone. */
export const makeLink = (id, fields) => send(`${at(id)}/links`, "POST", fields);

export const removeLink = (id, linkId) => send(`${at(id)}/links/${part(linkId)}`, "DELETE");

/** The address of a picture of its first film. */
export const pictureUrl = (id) => rooted(`${at(id)}/picture`);

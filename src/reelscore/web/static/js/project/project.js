// The project of the films on the desk, as the server keeps it. Others listen to "change".

import { sentence } from "../shared/notice.js";
import { addFilm, changeFilm, changeProject, dropFilm, dropSong, keepSong, makeProject, projectOf, readProject } from "./requests.js";

const FITTING = { offset: null, fitted: false }; // from its fitting passage on

/** What is kept with films that share a question and a shortlist. Changes are sent one after the other, each for itself, so nothing overwrites another's. */
export class Project extends EventTarget {
  data = null; // as the server answers it; null before it is there
  fault = ""; // why the last change was not kept
  #analysisId = ""; // of the film that is looked at
  #queue = Promise.resolve();
  #asked = 0;

  /** Open the project with an id, or the newest one with a film, or make one; and look at that film in it. */
  async open({ id, analysisId, name, duration }, signal) {
    const number = (this.#asked += 1);
    const isOpen = this.data && (id ? this.data.id === id : filmIn(this.data, analysisId));
    if (!isOpen) this.#become(null);
    this.#analysisId = analysisId;
    if (isOpen && this.film) return this.#tell();
    const film = { name, analysis_id: analysisId, ...(duration ? { duration } : {}) };
    const known = isOpen ? this.data : id ? await readProject(id, signal).catch(orNull) : null;
    let data = known ?? (await projectOf(analysisId, signal)) ?? (await makeProject({ name: nameOf(name), films: [film] }));
    if (!filmIn(data, analysisId)) data = await addFilm(data.id, film);
    if (number === this.#asked && !signal.aborted) this.#become(data);
  }

  /** Open a project without looking at a film of it; answers with it. */
  async show(id, signal) {
    const number = (this.#asked += 1);
    this.#analysisId = "";
    const data = await readProject(id, signal);
    if (number === this.#asked && !signal.aborted) this.#become(data);
    return data;
  }

  close() {
    this.#asked += 1;
    this.#analysisId = "";
    this.#become(null);
  }

  /** The film that is looked at, or null. */
  get film() {
    return filmIn(this.data, this.#analysisId) ?? null;
  }

  /** Where a song of the shortlist was kept under the film that is looked at. */
  placeOf(song) {
    return song.places[this.film?.id] ?? FITTING;
  }

  /** What is kept of a song, or undefined. */
  songOf(id) {
    return this.data?.songs.find((song) => song.song_id === id);
  }

  /** Change fields of the project: name, notes, search. */
  change(fields) {
    return this.#send((id) => changeProject(id, fields));
  }

  /** Change the hit points of the film that is looked at. */
  changeHits(hits) {
    const { film } = this;
    return film ? this.#send((id) => changeFilm(id, film.id, { hits })) : Promise.resolve();
  }

  /** Add an analysed film, to this project or another one. */
  async addFilm(projectId, fields) {
    const data = await addFilm(projectId, fields);
    if (this.data?.id === projectId) this.#become(data);
  }

  dropFilm(filmId) {
    return this.#send((id) => dropFilm(id, filmId));
  }

  /** Keep a song, or change what is said of one that is kept; `place` is where it lies under the film that is looked at. */
  keep(songId, fields, place = null) {
    const { film } = this;
    const places = film && place ? { places: { [film.id]: place } } : {};
    return this.#send((id) => keepSong(id, songId, { ...fields, ...places }));
  }

  drop(songId) {
    return this.#send((id) => dropSong(id, songId));
  }

  #send(work) {
    if (!this.data) return Promise.resolve();
    const { id } = this.data;
    const sent = this.#queue.then(() => work(id)).then(
      (data) => {
        if (this.data?.id === id) this.#become(data);
      },
      (error) => {
        if (!error.code) throw error; // a fault of this page belongs in the console
        if (this.data?.id !== id) return;
        this.fault = `This was not kept: ${sentence(error.message)}`;
        this.#tell();
      },
    );
    this.#queue = sent.catch(() => {});
    return sent;
  }

  #become(data) {
    this.data = data;
    this.fault = "";
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** A film's name without its ending, as a project is called at first. */
export const nameOf = (film) => film.replace(/\.[a-z0-9]{1,5}$/i, "").trim().slice(0, 200) || "Film";

const filmIn = (data, analysisId) => data?.films.find((film) => film.analysis_id === analysisId);

function orNull(error) {
  if (error.code === "not_found") return null;
  throw error;
}

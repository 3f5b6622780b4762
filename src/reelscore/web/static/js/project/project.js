// The project of the film on the desk, as the server keeps it. Others listen to "change".

import { sentence } from "../shared/notice.js";
import { changeProject, dropSong, keepSong, makeProject, projectOf, readProject } from "./requests.js";

/** What is kept with one film. Changes are sent one after the other, each for itself, so nothing overwrites another's. */
export class Project extends EventTarget {
  data = null; // as the server answers it; null before it is there
  fault = ""; // why the last change was not kept
  #queue = Promise.resolve();
  #asked = 0;

  /** Open the project with an id, or the newest one of a film, or make one. */
  async open({ id, analysisId, name, duration }, signal) {
    const number = (this.#asked += 1);
    if (this.data && (id ? this.data.id === id : this.data.analysis_id === analysisId)) return;
    this.#become(null);
    const known = id ? await readProject(id, signal).catch(orNull) : null;
    const found = known ?? (await projectOf(analysisId, signal));
    const data = found ?? (await makeProject({ name: nameOf(name), film: name, analysis_id: analysisId, duration }));
    if (number === this.#asked && !signal.aborted) this.#become(data);
  }

  close() {
    this.#asked += 1;
    this.#become(null);
  }

  /** What is kept of a song, or undefined. */
  songOf(id) {
    return this.data?.songs.find((song) => song.song_id === id);
  }

  /** Change fields of the project: name, notes, hits, search. */
  change(fields) {
    return this.#send((id) => changeProject(id, fields));
  }

  /** Keep a song, or change what is said of one that is kept. */
  keep(songId, fields) {
    return this.#send((id) => keepSong(id, songId, fields));
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

function orNull(error) {
  if (error.code === "not_found") return null;
  throw error;
}

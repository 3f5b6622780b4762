// Several films at once: the project that they share, and those that are sent behind the first.

import { Batch } from "../project/batch.js";
import { nameOf } from "../project/project.js";
import { makeProject } from "../project/requests.js";

/** The films on their way, and `join(films)`: the id of the project that new films join, "" for one of their own. */
export function filmsOf(project, { files, copies, limits }) {
  const batch = new Batch({
    limits,
    join: (id, film) => project.addFilm(id, film),
    onJoined(id, file, copy) {
      files.set(id, file);
      if (copy) copies.set(id, copy);
    },
  });
  async function join(films) {
    const waiting = project.data && !project.film ? project.data.id : "";
    const id = waiting || (films.length > 1 ? (await makeProject({ name: nameOf(films[0].name) })).id : "");
    batch.add(id, films.slice(1), { held: true });
    return id;
  }
  return { batch, join };
}

// The library as a whole: how much is in it, what the server takes, and what to say where it is empty.

import { health } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { counted } from "../shared/format.js";

/** Knows the state of the library; `refresh` asks the server for it. */
export function mountLibrary() {
  let state = { songs: null, limits: {} };

  async function refresh() {
    try {
      state = await health();
      byId("library-state").textContent = state.songs === null ? "the database does not answer" : counted(state.songs, "song");
    } catch (error) {
      byId("library-state").textContent = "no connection";
      throw error;
    }
    return state;
  }

  return {
    refresh,
    /** Say in `place` that there is nothing to search yet, and offer to change that. */
    async showEmpty(place, onFilled = () => {}) {
      const { emptyCard } = await import("./empty.js");
      place.replaceChildren(emptyCard({ refresh, onFilled }));
    },
    get limits() {
      return state.limits ?? {};
    },
    get isEmpty() {
      return state.songs === 0;
    },
    get songs() {
      return state.songs;
    },
  };
}

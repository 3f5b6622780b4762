// The library as a whole: how much is in it, what the server takes, and how to fill it.

import { cancelTask, health, initializeDatabase } from "./api.js";
import { byId, el } from "./dom.js";
import { counted } from "./format.js";
import { errorNotice, notice } from "./notice.js";
import { progressCard, taskStep } from "./progress.js";
import { followTask } from "./tasks.js";

/** Knows the state of the library; `onFilled()` is called once an empty one has songs. */
export function mountLibrary({ onFilled }) {
  const notices = byId("notices");
  let state = { songs: null, limits: {} };

  async function refresh() {
    try {
      state = await health();
      byId("library-state").textContent = `${counted(state.songs, "song")} in the library`;
    } catch (error) {
      byId("library-state").textContent = "no connection";
      throw error;
    }
    return state;
  }

  /** Say that there is nothing to search yet, and offer to change that. */
  function showEmpty() {
    notices.replaceChildren(emptyCard(fill));
  }

  async function fill(button) {
    const place = el("div");
    button.replaceWith(place);
    let card = null;
    try {
      const id = await initializeDatabase();
      card = progressCard(place, "Adding the demo music", () => {
        card.cancelling();
        cancelTask(id).catch(() => {});
      });
      const task = await followTask(id, {
        onChange: (task) => card.update(...taskStep(task, "song")),
        onSilence: () => card.update(null, "The server does not answer; trying again…"),
      });
      await refresh();
      report(task);
    } catch (error) {
      notices.replaceChildren(errorNotice(error, [["Try again", showEmpty]]));
    } finally {
      card?.remove();
    }
  }

  function report(task) {
    const { added = 0, already_known: known = 0, skipped = [], failed = [] } = task.result ?? {};
    const left = skipped.length + failed.length;
    if (task.state === "failed") {
      notices.replaceChildren(errorNotice(task.error, [["Try again", showEmpty]]));
    } else if (state.songs === 0) {
      showEmpty();
    } else {
      const text = task.state === "cancelled"
        ? `Stopped. ${counted(state.songs, "song")} had been analysed until then.`
        : `${counted(added, "song")} added${known ? `, ${known} known before` : ""}${left ? `, ${left} left out` : ""}.`;
      notices.replaceChildren(notice("info", "The library is ready", `${text} Ask for something above.`));
      onFilled();
    }
  }

  return {
    refresh,
    showEmpty,
    get limits() {
      return state.limits ?? {};
    },
    get isEmpty() {
      return state.songs === 0;
    },
  };
}

function emptyCard(fill) {
  return el("div", { class: "notice info" },
    el("h2", {}, "The library has no music yet"),
    el("p", {}, "Add your own with “reelscore ingest folder PATH” while this server is stopped, or begin with the demo: 28 royalty-free tracks, analysed in about a minute."),
    el("button", { class: "button primary", type: "button", on: { click: (event) => fill(event.currentTarget) } }, "Add the demo music"));
}

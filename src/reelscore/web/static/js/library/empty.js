// What an empty library says: how to fill it, with a button that does.

import { cancelTask, initializeDatabase } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { counted } from "../shared/format.js";
import { errorNotice, notice } from "../shared/notice.js";
import { progressCard, taskStep } from "../shared/progress.js";
import { followTask } from "../shared/tasks.js";

/** The card; `refresh()` reads the state of the library anew, `onFilled()` is called once it has songs. */
export function emptyCard({ refresh, onFilled }) {
  const place = el("div", { class: "fill-library" });
  const offer = () => place.replaceChildren(invitation(fill));

  async function fill(button) {
    const slot = el("div");
    button.parentElement.replaceWith(slot);
    let card = null;
    try {
      const id = await initializeDatabase();
      card = progressCard(slot, "Adding the demo music", () => {
        card.cancelling();
        cancelTask(id).catch(() => {});
      });
      const task = await followTask(id, {
        onChange: (task) => card.update(...taskStep(task, "song")),
        onSilence: () => card.update(null, "The server does not answer; trying again…"),
      });
      report(task, await refresh());
    } catch (error) {
      place.replaceChildren(errorNotice(error, [["Try again", offer]]));
    } finally {
      card?.remove();
    }
  }

  function report(task, { songs }) {
    const { added = 0, already_known: known = 0, skipped = [], failed = [] } = task.result ?? {};
    const left = skipped.length + failed.length;
    if (task.state === "failed") {
      place.replaceChildren(errorNotice(task.error, [["Try again", offer]]));
    } else if (songs === 0) {
      offer();
    } else {
      const text = task.state === "cancelled"
        ? `Stopped. ${counted(songs, "song")} had been analysed until then.`
        : `${counted(added, "song")} added${known ? `, ${known} known before` : ""}${left ? `, ${left} left out` : ""}.`;
      place.replaceChildren(notice("info", "The library is ready", `${text} Ask for something above.`));
      onFilled();
    }
  }

  offer();
  return place;
}

function invitation(fill) {
  return el("div", { class: "notice info" },
    el("h2", {}, "The library has no music yet"),
    el("p", {}, "Begin with the demo, 28 royalty-free tracks that are analysed in about a minute, or add your own: a folder of this computer with “reelscore ingest folder PATH”, or what “Add music” offers."),
    el("div", { class: "button-row" },
      el("button", { class: "button primary", type: "button", on: { click: (event) => fill(event.currentTarget) } }, "Add the demo music"),
      el("a", { class: "button", href: "/jobs?add=music" }, "Add music of your own")));
}

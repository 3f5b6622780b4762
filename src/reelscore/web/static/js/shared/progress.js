// A card that shows how far long work is, with a way to stop it.

import { el } from "./dom.js";
import { counted, percent } from "./format.js";
import { sentence } from "./notice.js";

/** A progress card in `place`; each call of `update` shows a new state, `remove` takes it away. */
export function progressCard(place, title, onCancel) {
  const bar = el("progress", { max: "1", "aria-label": title });
  const step = el("p", { class: "step" });
  const cancel = el("button", { class: "button quiet", type: "button", on: { click: onCancel } }, "Cancel");
  const live = el("p", { class: "visually-hidden", role: "status" });
  const card = el("div", { class: "progress-card" }, el("p", { class: "title" }, title), cancel, bar, step, live);
  place.replaceChildren(card);
  let spoken = -1;
  let begun = null;

  return {
    /** `share` is 0..1, or null while it is not known. */
    update(share, text) {
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
      const now = performance.now();
      begun = share && begun && begun.share <= share ? begun : { share: share ?? 0, at: now }; // what waits takes no time
      const left = timeLeft(begun, share ?? 0, now);
      step.textContent = left ? `${text} · ${left}` : text;
      // A screen reader hears every quarter, not every frame.
      const quarter = share === null ? 0 : Math.floor(share * 4);
      if (quarter !== spoken) {
        spoken = quarter;
        live.textContent = share === null ? text : `${text}, ${percent(share)}`;
      }
    },
    cancelling() {
      cancel.disabled = true;
      step.textContent = "Stopping…";
    },
    remove() {
      card.remove();
    },
  };
}

/** How long work will still take that had come to `begun` ({ share, at }; milliseconds), in words; "" if that is soon, or cannot be told yet. */
export function timeLeft(begun, share, now) {
  const seconds = (now - begun.at) / 1000;
  const left = (seconds * (1 - share)) / (share - begun.share);
  if (!(share > begun.share) || seconds < 10 || left < 20) return "";
  return `about ${left < 95 ? counted(10 * Math.round(left / 10), "second") : counted(Math.round(left / 60), "minute")} left`;
}

/** Share and words of a task's progress, for `update`. */
export function taskStep(task, noun) {
  if (task.cancel_requested) return [null, "Stopping…"];
  // Nothing is done yet: an empty bar, since one that breathes looks like work.
  if (task.state === "queued") return [0, task.progress.message ? sentence(task.progress.message) : "Waiting for its turn…"];
  const { done, total, message } = task.progress;
  if (!total) return [null, message || "Starting…"];
  const counts = noun ? `${Math.round(done)} of ${counted(Math.round(total), noun)}` : percent(done / total);
  return [Math.min(1, done / total), message ? `${counts} · ${message}` : counts];
}

// One job: what it is, how it goes, its counts, its reasons, and what can be done about it.

import { request, part } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { words } from "../shared/format.js";
import { sentence } from "../shared/notice.js";
import { taskStep } from "../shared/progress.js";

const NAMES = {
  analyze_video_and_recommend: "Video analysis",
  initialize_music_database: "Filling the library",
  export: "Export",
  ingest: "Adding music",
  reindex: "Moving to another model",
  map_library: "Map of the library",
  update_library: "Bring the library up to date",
};
const STATES = { queued: "waiting", running: "running", succeeded: "done", failed: "failed", cancelled: "cancelled" };
const COUNTS = ["added", "already_known", "skipped", "failed"];
const LINES = 200; // reasons of each kind that are fetched

/** The row of a task; `update(task)` shows a newer state of it. */
export function jobRow(first, { onCancel, onRetry }) {
  const id = first.task_id;
  const title = [NAMES[first.kind] ?? words(first.kind), first.about].filter(Boolean).join(" · ");
  const state = el("span", { class: "job-state" });
  const bar = el("progress", { max: "1", "aria-label": title });
  const step = el("p", { class: "step" });
  const counts = el("p", { class: "job-counts" });
  const report = el("div", { class: "job-report" });
  const details = el("details", { class: "job-details" }, el("summary", {}, "Reasons"), report);
  const cancel = el("button", { class: "button quiet", type: "button", "aria-label": `Cancel ${title}`, on: { click: () => onCancel(id) } }, "Cancel");
  const retry = el("button", { class: "button quiet", type: "button", on: { click: () => onRetry(id) } });
  const open = first.kind === "analyze_video_and_recommend" && el("a", { class: "button quiet", href: `/?task=${part(id)}` }, "Show the songs");
  const element = el("li", { class: "job card" },
    el("div", { class: "job-head" }, el("h2", {}, title), state, el("time", { class: "hint", datetime: first.created_at }, when(first.created_at)),
      el("div", { class: "button-row" }, open, cancel, retry)),
    bar, step, counts, details);
  let shown = "";

  details.addEventListener("toggle", async () => {
    if (!details.open || report.hasChildNodes()) return;
    try {
      const task = (await request(`/api/tasks/${part(id)}?issues=${LINES}`)).data;
      report.append(reasons(task.result ?? {}));
    } catch (error) {
      report.append(el("p", {}, sentence(error.message)));
    }
  });

  return {
    element,
    title,
    update(task) {
      const now = JSON.stringify([task.state, task.progress, task.counts, task.error, task.cancel_requested]);
      if (now === shown) return;
      shown = now;
      const busy = task.state === "queued" || task.state === "running";
      const [share, text] = busy ? taskStep(task) : [null, ending(task)];
      state.textContent = STATES[task.state] ?? task.state;
      state.dataset.state = task.state;
      bar.hidden = !busy;
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
      step.textContent = text;
      step.hidden = !text;
      counts.replaceChildren(sum(task.counts ?? {}));
      counts.hidden = !counts.hasChildNodes() || counts.textContent === "";
      const left = (task.counts?.skipped ?? 0) + (task.counts?.failed ?? 0);
      details.hidden = left === 0;
      cancel.hidden = !busy;
      cancel.disabled = task.cancel_requested;
      const some = task.state === "succeeded" && task.counts?.failed > 0;
      retry.hidden = !(task.state === "failed" || task.state === "cancelled" || some);
      retry.textContent = some ? "Try the failed again" : "Try again";
      retry.setAttribute("aria-label", `${retry.textContent}: ${title}`);
      if (open) open.hidden = task.state !== "succeeded";
    },
  };
}

/** How a job ended, in a sentence. */
function ending(task) {
  if (task.state === "failed") return sentence(task.error?.message ?? "it failed, and nobody knows why");
  if (task.state === "cancelled") return "Stopped. What was done until then is kept.";
  return "";
}

/** The counts as the sum that they are: 28 offered = 25 added + 2 known before + 1 left out. */
function sum(counts) {
  if (counts.offered === undefined) return "";
  const names = { added: "added", already_known: "known before", skipped: "left out", failed: "failed" };
  const terms = COUNTS.filter((name) => counts[name] || name === "added").map((name) => `${counts[name] ?? 0} ${names[name]}`);
  const more = ["moved", "changed", "missing", "removed"].filter((name) => counts[name]).map((name) => `${counts[name]} ${name}`);
  return `${counts.offered} offered = ${terms.join(" + ")}${more.length ? ` · ${more.join(", ")}` : ""}`;
}

/** Every track that was left out, with its reason; those with the same reason stand together. */
function reasons({ skipped = [], failed = [], more = 0 }) {
  const byReason = new Map();
  for (const [kind, items] of [["Left out", skipped], ["Failed", failed]]) {
    for (const { name, reason } of items) {
      // A reason often names its file; without it the same reasons are seen to be the same.
      const key = `${kind}: ${sentence(reason.replaceAll(name, "the file"))}`;
      byReason.set(key, [...(byReason.get(key) ?? []), name]);
    }
  }
  return el("dl", {},
    [...byReason].map(([reason, names]) => el("div", {}, el("dt", {}, reason), names.map((name) => el("dd", {}, name)))),
    more > 0 && el("p", { class: "hint" }, `and ${more} more, which /api/tasks lists.`));
}

function when(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

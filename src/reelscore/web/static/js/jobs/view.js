// Long work: adding music, and every job with how far it is, how its counts add up, and what it left out.

import { cancelTask } from "../shared/api.js";
import { announce, el } from "../shared/dom.js";
import { listTasks, retryTask } from "../shared/library-api.js";
import { errorNotice } from "../shared/notice.js";
import { addMusic } from "./add-music.js";
import { jobRow } from "./row.js";

const SHOWN = 40;
const BUSY_MS = 1_000;
const IDLE_MS = 6_000;

/** The view of the jobs. */
export function mount(place, { library }) {
  let current = new AbortController();
  let timer = 0;
  const rows = new Map(); // task id -> row
  const states = new Map(); // task id -> the state that was last seen

  const notices = el("div", { class: "notices" });
  const list = el("ol", { class: "jobs", "aria-label": "Jobs, newest first" });
  const empty = el("p", { class: "waiting", hidden: true }, "Nothing has been worked on yet. Add music above, or drop a video on “Find music”.");
  const adding = addMusic({
    onStarted: () => refresh(),
  });
  place.append(
    el("header", { class: "view-head" }, el("h1", {}, "Jobs"), el("p", {}, "What the server works on, and has worked on")),
    adding.element, notices, el("section", { "aria-label": "Jobs" }, list, empty));

  async function refresh() {
    clearTimeout(timer);
    const { signal } = current;
    let pause = IDLE_MS;
    try {
      const tasks = await listTasks(SHOWN, signal);
      notices.replaceChildren();
      draw(tasks);
      if (tasks.some((task) => task.state === "queued" || task.state === "running")) pause = BUSY_MS;
    } catch (error) {
      if (error.name === "AbortError") return;
      notices.replaceChildren(errorNotice(error, [["Try again", refresh]]));
    }
    if (!signal.aborted) timer = setTimeout(refresh, pause);
  }

  function draw(tasks) {
    empty.hidden = tasks.length > 0;
    const wanted = tasks.map((task) => {
      let row = rows.get(task.task_id);
      if (!row) {
        row = jobRow(task, { onCancel: (id) => act(() => cancelTask(id)), onRetry: (id) => act(() => retryTask(id)) });
        rows.set(task.task_id, row);
      }
      row.update(task);
      tell(task);
      return row.element;
    });
    // Only what is new or gone moves: the focus stays where it is.
    wanted.forEach((element, at) => {
      if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
    });
    while (list.children.length > wanted.length) list.lastElementChild.remove();
  }

  /** Say when a job that was seen going on is over. */
  function tell(task) {
    const before = states.get(task.task_id);
    states.set(task.task_id, task.state);
    if (!before || before === task.state || !["succeeded", "failed", "cancelled"].includes(task.state)) return;
    announce(`${rows.get(task.task_id).title}: ${task.state}`);
    library.refresh().catch(() => {});
  }

  async function act(run) {
    try {
      await run();
      await refresh();
    } catch (error) {
      if (error.name !== "AbortError") notices.replaceChildren(errorNotice(error));
    }
  }

  return {
    show(address) {
      current.abort();
      current = new AbortController();
      document.title = "Jobs – reelscore";
      adding.show(address.searchParams.has("add"));
      refresh();
    },
    hide() {
      clearTimeout(timer);
      current.abort();
    },
  };
}

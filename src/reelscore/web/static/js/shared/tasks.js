// Follows a task to its end: by server-sent events, and by asking where events do not get through.

import { ApiError, task as readTask, taskEventsUrl } from "./api.js";

const FINAL = new Set(["succeeded", "failed", "cancelled"]);
const ASK_EVERY_MS = 1000;
const GIVE_UP_AFTER_MS = 30_000;

/**
 * Resolves with the task once it is over, however it ended.
 * `onChange(task)` is called with each state; `onSilence()` while the server does not answer.
 * Rejects with ApiError if the task is not known or the server stays away, and with AbortError.
 */
export async function followTask(id, { onChange = () => {}, onSilence = () => {}, signal }) {
  const task = await readTask(id, signal); // a 404 has a sentence, a refused event stream has none
  onChange(task);
  if (FINAL.has(task.state)) return task;
  return (await byEvents(id, onChange, signal)) ?? byAsking(id, onChange, onSilence, signal);
}

/** The final task, or null if the stream broke twice in a row. */
function byEvents(id, onChange, signal) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(taskEventsUrl(id));
    let broken = 0;
    const end = (settle, value) => {
      source.close();
      signal?.removeEventListener("abort", stop);
      settle(value);
    };
    const stop = () => end(reject, new DOMException("no longer wanted", "AbortError"));
    signal?.addEventListener("abort", stop, { once: true });
    source.addEventListener("progress", (event) => {
      broken = 0;
      onChange(JSON.parse(event.data));
    });
    source.addEventListener("done", (event) => {
      const task = JSON.parse(event.data);
      onChange(task);
      end(resolve, task);
    });
    source.addEventListener("error", () => {
      broken += 1;
      if (broken > 1 || source.readyState === EventSource.CLOSED) end(resolve, null);
    });
  });
}

async function byAsking(id, onChange, onSilence, signal) {
  let silentSince = null;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const task = await readTask(id, signal);
      silentSince = null;
      onChange(task);
      if (FINAL.has(task.state)) return task;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "unreachable") throw error;
      silentSince ??= Date.now();
      if (Date.now() - silentSince > GIVE_UP_AFTER_MS) throw error;
      onSilence();
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

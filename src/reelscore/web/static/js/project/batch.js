// Films that are sent one after the other to be analysed, and join their project. Others listen to "change".

import { ApiError } from "../shared/api.js";
import { followTask } from "../shared/tasks.js";
import { checkVideo, uploadVideo } from "../video/upload.js";

/**
 * Films on their way into a project.
 * `limits()` gives the server's limits, `join(project, film)` adds an analysed film ({ name, analysis_id, duration })
 * to the project with an id, `onJoined(analysisId, file, copy)` is told then; `upload` and `follow` are for tests.
 */
export class Batch extends EventTarget {
  entries = []; // { file, project, share, fault, held }: share of the work, null while that is not known; why it failed
  #running = false;
  #parts;

  constructor(parts) {
    super();
    this.#parts = { upload: uploadVideo, follow: followTask, ...parts };
  }

  /** Films for the project with an id; `held`: until the one before them is there, see `release`. */
  add(project, files, { held = false } = {}) {
    this.entries.push(...files.map((file) => ({ file, project, share: null, fault: "", held, leave: new AbortController() })));
    this.#tell();
    this.#run();
  }

  /** Those of a project. */
  of(project) {
    return this.entries.filter((entry) => entry.project === project);
  }

  /** The film that others wait for is there, or will not come. */
  release() {
    for (const entry of this.entries) entry.held = false;
    this.#run();
  }

  /** Send one again that failed. */
  retry(entry) {
    entry.fault = "";
    this.#tell();
    this.#run();
  }

  remove(entry) {
    entry.leave.abort();
    this.entries = this.entries.filter((each) => each !== entry);
    this.#tell();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    for (let entry; (entry = this.entries.find((each) => !each.fault && !each.held)); ) {
      try {
        await this.#bring(entry);
      } catch (error) {
        if (error.name === "AbortError") continue; // it was removed
        if (!error.code) throw error; // a fault of this page belongs in the console
        entry.fault = error.message;
        this.#tell();
      }
    }
    this.#running = false;
  }

  async #bring(entry) {
    const { limits, join, onJoined, upload, follow } = this.#parts;
    const { file, project } = entry;
    const { signal } = entry.leave;
    const half = (from) => (share) => {
      entry.share = from + (share ?? 0) / 2;
      this.#tell();
    };
    checkVideo(file, limits().max_upload_mb);
    const [sending, analysing] = [half(0), half(0.5)];
    const { task_id: task, film: copy } = await upload(file, { limit: 1, signal, onProgress: (done, total) => sending(total ? done / total : 0) });
    const over = await follow(task, { signal, onChange: ({ progress }) => analysing(progress?.total ? progress.done / progress.total : 0) });
    const found = over.result;
    if (over.state !== "succeeded") throw new ApiError(over.error?.code ?? "cancelled", over.error?.message ?? "the analysis was cancelled");
    await join(project, { name: file.name, analysis_id: found.analysis_id, duration: found.analysis?.measurements?.duration ?? null });
    onJoined(found.analysis_id, file, copy ?? null);
    this.remove(entry);
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

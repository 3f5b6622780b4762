// A video as the question: dropped anywhere on the page or chosen, uploaded with progress and cancel.

import { byId } from "./dom.js";
import { bytes } from "./format.js";
import { icon } from "./icons.js";
import { progressCard } from "./progress.js";
import { checkVideo, uploadVideo } from "./upload.js";

/**
 * Wire up the drop zone.
 * `onChoose()` is called when a file was chosen and the upload begins, `onUploaded(taskId, file)` when
 * its task is there, `onError(error, file)` when it failed, `onCancel()` when it was stopped.
 * `limits()` gives the server's limits.
 */
export function mountVideoDesk({ limit, limits, onChoose, onUploaded, onError, onCancel }) {
  const place = byId("video-progress");
  const input = byId("video-file");
  let upload = null;
  byId("drop-icon").append(icon("film"));

  async function send(file) {
    upload?.abort();
    const own = (upload = new AbortController());
    onChoose(file);
    let card = null;
    try {
      checkVideo(file, limits().max_upload_mb);
      card = progressCard(place, `Sending ${file.name}`, () => own.abort());
      card.update(0, `0 of ${bytes(file.size)}`);
      const taskId = await uploadVideo(file, {
        limit,
        signal: own.signal,
        onProgress: (sent, total) => card.update(total ? sent / total : null, `${bytes(sent)} of ${bytes(total)}`),
      });
      if (upload === own) onUploaded(taskId, file);
    } catch (error) {
      if (upload !== own) return; // another file was chosen meanwhile
      if (error.name === "AbortError") onCancel();
      else onError(error, file);
    } finally {
      card?.remove();
      if (upload === own) upload = null;
    }
  }

  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = ""; // so that the same file can be chosen again
    if (file) send(file);
  });
  watchDrops(send);
  return {
    send,
    place,
    stop() {
      upload?.abort();
    },
  };
}

/** The whole page takes a dropped file; the drop zone shows that it would. */
function watchDrops(onFile) {
  let depth = 0; // dragenter and dragleave come for every element on the way
  const hasFile = (event) => event.dataTransfer?.types.includes("Files");
  const mark = () => document.body.classList.toggle("dragging", depth > 0);
  document.addEventListener("dragenter", (event) => {
    if (!hasFile(event)) return;
    depth += 1;
    mark();
  });
  document.addEventListener("dragleave", (event) => {
    if (!hasFile(event)) return;
    depth = Math.max(0, depth - 1);
    mark();
  });
  document.addEventListener("dragover", (event) => {
    if (hasFile(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    const [file] = event.dataTransfer.files;
    if (file) onFile(file);
  });
}

// Sends a video with progress. XMLHttpRequest, because fetch does not tell how much has been sent.

import { analyzeVideoUrl, ApiError, failureOf, unreachable } from "../shared/api.js";

/**
 * Upload a video and start its analysis.
 * Resolves with the id of the task; rejects with ApiError, or AbortError once `signal` is aborted.
 * `onProgress(sent, total)` is called in bytes.
 */
export function uploadVideo(file, { limit, filters = {}, options = {}, signal, onProgress }) {
  const form = new FormData();
  form.append("limit", String(limit));
  form.append("filters", JSON.stringify(filters));
  form.append("options", JSON.stringify(options));
  form.append("video", file, file.name);
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal.addEventListener("abort", abort, { once: true });
    xhr.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total));
    xhr.addEventListener("load", () => {
      const body = parsed(xhr.responseText);
      if (xhr.status >= 200 && xhr.status < 300 && body?.task_id) resolve(body.task_id);
      else reject(failureOf(xhr.status, body));
    });
    xhr.addEventListener("error", () => reject(unreachable()));
    xhr.addEventListener("timeout", () => reject(unreachable()));
    xhr.addEventListener("abort", () => reject(new DOMException("the upload was stopped", "AbortError")));
    xhr.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    xhr.open("POST", analyzeVideoUrl);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.send(form);
  });
}

/** Refuse before anything is sent what the server would refuse after all of it was. */
export function checkVideo(file, maxMegabytes) {
  if (file.size === 0) throw new ApiError("invalid_input", `${file.name} is empty; choose another file`);
  if (maxMegabytes && file.size > maxMegabytes * 1e6) {
    throw new ApiError(
      "too_large",
      `${file.name} is larger than the ${maxMegabytes} MB that this server takes; export a smaller version of the cut`,
    );
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

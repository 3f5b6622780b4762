// Sends a form with progress. XMLHttpRequest, because fetch does not tell how much has been sent.

import { failureOf, unreachable } from "./api.js";
import { at } from "./root.js";

/**
 * Post a form that starts a task. Resolves with the data of the answer, which has the `task_id`; rejects with ApiError, or AbortError once `signal`
 * is aborted. `onProgress(sent, total)` is called in bytes.
 */
export function sendForm(path, form, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal.addEventListener("abort", abort, { once: true });
    xhr.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total));
    xhr.addEventListener("load", () => {
      const body = parsed(xhr.responseText);
      if (xhr.status >= 200 && xhr.status < 300 && body?.data?.task_id) resolve(body.data);
      else reject(failureOf(xhr.status, body));
    });
    xhr.addEventListener("error", () => reject(unreachable()));
    xhr.addEventListener("timeout", () => reject(unreachable()));
    xhr.addEventListener("abort", () => reject(new DOMException("the upload was stopped", "AbortError")));
    xhr.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    xhr.open("POST", at(path));
    xhr.setRequestHeader("Accept", "application/json");
    xhr.send(form);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

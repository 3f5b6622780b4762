// Sends a video to be analysed.

import { analyzeVideoUrl, ApiError } from "../shared/api.js";
import { sendForm } from "../shared/send-form.js";

/**
 * Upload a video and start its analysis.
 * Resolves with { task_id, film }: the task, and the copy that is made where browsers cannot show the film
 * ({ url, task_id }, null once it is there). Rejects with ApiError, or AbortError once `signal` is aborted.
 * `onProgress(sent, total)` is called in bytes.
 */
export function uploadVideo(file, { limit, filters = {}, options = {}, signal, onProgress }) {
  const form = new FormData();
  form.append("limit", String(limit));
  form.append("filters", JSON.stringify(filters));
  form.append("options", JSON.stringify(options));
  form.append("video", file, file.name);
  return sendForm(analyzeVideoUrl, form, { signal, onProgress });
}

const PICTURE = /\.(bmp|cin|dng|dpx|exr|heic|jpe?g|png|tga|tiff?)$/i;

/** Refuse a picture: a film that lies there as pictures is dropped as hundreds of them. */
export function checkKind({ name }) {
  if (PICTURE.test(name)) {
    throw new ApiError(
      "invalid_input",
      `${name} is a picture and no film; make a film of a sequence of pictures first, and choose that`,
    );
  }
}

/** Refuse before anything is sent what the server would refuse after all of it was. */
export function checkVideo(file, maxMegabytes) {
  checkKind(file);
  if (file.size === 0) throw new ApiError("invalid_input", `${file.name} is empty; choose another file`);
  if (maxMegabytes && file.size > maxMegabytes * 1e6) {
    throw new ApiError(
      "too_large",
      `${file.name} is larger than the ${maxMegabytes} MB that this server takes; export a smaller version of the cut`,
    );
  }
}

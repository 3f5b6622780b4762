// Errors, said so that it is clear what to do.

import { el } from "./dom.js";

const TITLES = {
  unreachable: "The server does not answer",
  too_large: "The file is too large",
  media_not_found: "The file is not there",
  unreadable_media: "This file cannot be read",
  unusable_audio: "There is nothing to hear in this file",
  media_error: "This file cannot be used",
  invalid_input: "Not possible like this",
  not_found: "Not found",
  library_busy: "The library is in use",
  storage: "The library cannot be read",
  model: "The model cannot be loaded",
  configuration: "Something is not set up",
  analysis: "The analysis failed",
  crashed: "The analysis was cut off",
  origin_not_allowed: "Refused",
  host_not_allowed: "Refused",
  sign_in_refused: "Not signed in",
  sign_in_needed: "Not signed in",
  role_too_low: "Not for your role",
  too_many: "Too often",
};

/** Failures that the same request may get over. */
const TRANSIENT = new Set([
  "unreachable", "internal", "storage", "library_busy", "source", "source_transient", "analysis", "crashed", "bad_answer", "unknown",
]);

/** Whether there is a point in trying again unchanged. */
export function isTransient(error) {
  return TRANSIENT.has(error.code);
}

/** Sentences come as fragments from the server: give them a capital and a full stop. */
export function sentence(text) {
  const trimmed = String(text).trim();
  // A file name at the start keeps its own spelling.
  const capital = /^[a-z]+[\s,;:]/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}

/** A box that tells of an error; `actions` are [label, handler] pairs. */
export function errorNotice(error, actions = []) {
  const title = TITLES[error.code] ?? "Something went wrong";
  return notice("danger", title, sentence(error.message), actions, "alert");
}

/** A box that tells of something else. */
export function notice(kind, title, text, actions = [], role = "status") {
  return el("div", { class: `notice ${kind}`, role },
    el("h2", {}, title),
    el("p", {}, text),
    actions.map(([label, handler]) => el("button", { class: "button", type: "button", on: { click: handler } }, label)));
}

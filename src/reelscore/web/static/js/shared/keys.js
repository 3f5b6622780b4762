// Keys that work from anywhere on the page. What is added here is listed by the help overlay.
//
// A key is the `key` of a keyboard event ("n", "?", "ArrowLeft", " "), one with a name also with Shift
// ("Shift+ArrowLeft"), or two after each other: "g l".
// Keys with Ctrl, Alt or Meta belong to the browser and are left alone, but for those that are added as "Ctrl+z".

import { recalled, remember } from "./stored.js";

const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=file], [type=range]), textarea, select, [contenteditable], [role=combobox]";
const OWN_ARROWS = "[role=tab], [role=grid], [role=listbox], [role=slider], input:not(.seek), video, [data-own-keys]";
const PRESSED_BY_SPACE = "button, a, summary, label, input:not([type=range])";
const STORED = "single-keys";
const SEQUENCE_MS = 1500;

const groups = new Map(); // title -> [{ key, label, run, when }]
let pending = null; // the first key of two, and when it came
let on = recalled(STORED) !== "off";

/**
 * Add keys to a group of the help; answers with a function that takes them away again.
 * Each is `{ key, label, run(event), when() }`; `when` says whether the key means something now.
 */
export function addKeys(title, keys) {
  groups.set(title, [...(groups.get(title) ?? []), ...keys]);
  return () => groups.set(title, groups.get(title).filter((item) => !keys.includes(item)));
}

/** [title, keys] of every group that has some. */
export const keyGroups = () => [...groups].filter(([, keys]) => keys.length > 0);

/** Whether letter keys are on; a person may switch them off, since speech input can trigger them. */
export const lettersOn = () => on;

/** Switch letter keys on or off, also for the next visit. */
export function setLettersOn(wanted) {
  on = wanted;
  remember(STORED, wanted ? "on" : "off");
}

/** Whether the element that has the focus uses this key by itself. */
function isTaken(event) {
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(TYPING)) return true;
  if (event.key === " ") return target.closest(PRESSED_BY_SPACE) !== null;
  return /^(Arrow|Home|End|Page)/.test(event.key) && target.closest(OWN_ARROWS) !== null;
}

function onKey(event) {
  if (event.defaultPrevented || event.altKey || isTaken(event)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.ctrlKey || event.metaKey) {
    onHeld(event);
    return;
  }
  const isLetter = event.key.length === 1 && event.key !== " " && event.key !== "?";
  if (isLetter && !on) return;
  const first = pending && Date.now() - pending.at < SEQUENCE_MS ? pending.key : null;
  pending = null;
  const key = event.shiftKey && /^Arrow/.test(event.key) ? `Shift+${event.key}` : event.key;
  const wanted = first ? `${first} ${key}` : key;
  const all = [...groups.values()].flat();
  const found = all.find((item) => item.key === wanted && (item.when?.() ?? true));
  if (found) {
    event.preventDefault();
    found.run(event);
  } else if (!first && all.some((item) => item.key.length > 1 && item.key.startsWith(`${event.key} `))) {
    pending = { key: event.key, at: Date.now() };
  }
}

/** A key with Ctrl, or with Meta, which is Ctrl's place on a Mac. */
function onHeld(event) {
  const key = `Ctrl+${event.shiftKey ? "Shift+" : ""}${event.key.toLowerCase()}`;
  const found = [...groups.values()].flat().find((item) => item.key === key && (item.when?.() ?? true));
  if (!found) return;
  event.preventDefault();
  found.run(event);
}

document.addEventListener("keydown", onKey);

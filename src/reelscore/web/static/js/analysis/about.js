// "What is it?": what is to be seen in the film, in a person's words, with chips so that it takes five seconds.

import { byId, el } from "../shared/dom.js";

/** Who measured, as the server names it. */
const MEASURED = "the measurements";

/** Words to choose from, by what they say of a film. */
export const CHIPS = {
  "Kind of film": ["wedding", "documentary", "travel", "sport", "comedy", "horror", "science fiction", "advert", "tutorial"],
  Place: ["seaside", "mountains", "forest", "city", "desert", "home", "office", "space"],
  People: ["children", "couple", "family", "friends", "crowd"],
  Action: ["dancing", "driving", "race", "walking", "cooking", "fight", "party"],
  Era: ["ancient", "medieval", "1920s", "1950s", "1980s", "future"],
  Medium: ["cartoon", "archive film", "super 8", "screen recording", "titles"],
  Mood: ["happy", "sad", "calm", "tense", "epic", "playful", "romantic"],
};

/** The words of a brief: what stands between its commas. */
export const wordsOf = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);

/** The brief with a word, or without it if it is there. */
export function toggled(text, word) {
  const words = wordsOf(text);
  const kept = words.filter((each) => each.toLowerCase() !== word.toLowerCase());
  return (kept.length < words.length ? kept : [...words, word]).join(", ");
}

/** Who decided what of the music: "style and mood: your words; passage: the measurements". */
export function whoDecided(decided) {
  const parts = new Map();
  for (const [part, who] of Object.entries(decided ?? {})) parts.set(who, [...(parts.get(who) ?? []), part]);
  if (parts.size === 1 && parts.has(MEASURED)) {
    return "Only measured so far: say what the film shows.";
  }
  return [...parts].map(([who, names]) => `${listed(names)}: ${who}`).join("; ");
}

const listed = (names) => [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");

/** The field beside a film; `onChange(text)` is told of words that are finished. */
export function mountAbout({ onChange }) {
  const place = byId("about");
  const input = el("input", { class: "field", id: "about-input", type: "text", maxlength: "1000", autocomplete: "off", placeholder: "wedding, seaside, evening" });
  const chips = Object.entries(CHIPS).map(([kind, words]) =>
    el("div", { class: "about-row" }, el("span", { class: "field-hint" }, kind),
      el("ul", { class: "chips", "aria-label": kind }, words.map((word) => el("li", {}, chip(word))))));
  const told = el("p", { class: "field-hint", role: "status" });
  const more = el("details", {}, el("summary", {}, "Choose words"), chips);
  place.append(el("label", { class: "field-label", for: "about-input" }, "What is it?"), input, more, told);
  let last = "";
  let opened = false; // for the time in which the film is looked at

  function chip(word) {
    return el("button", { class: "chip", type: "button", "aria-pressed": "false", "data-word": word, on: { click: () => {
      input.value = toggled(input.value, word);
      tell();
    } } }, word);
  }

  function mark() {
    const words = wordsOf(input.value).map((word) => word.toLowerCase());
    for (const button of place.querySelectorAll("[data-word]")) button.setAttribute("aria-pressed", String(words.includes(button.dataset.word)));
  }

  function tell() {
    mark();
    const text = input.value.trim();
    if (text === last) return;
    last = text;
    onChange(text);
  }

  function giveWay() {
    place.removeEventListener("focusout", leave);
    byId("picture").after(place);
    if (opened) more.open = opened = false;
  }

  /** Not while a button is pressed: it would go from under the pointer. */
  function leave({ relatedTarget }) {
    if (!place.contains(relatedTarget)) setTimeout(() => place.contains(document.activeElement) || giveWay(), 300);
  }

  input.addEventListener("change", tell);
  input.addEventListener("input", mark);
  return {
    /** What was typed so far. */
    get text() {
      return input.value.trim();
    },
    /** A film is there; `text`: what the question says of it. `waiting`: its songs are not there yet. */
    show(text, waiting = false) {
      if (place.hidden) more.open = opened = waiting;
      if (place.hidden && waiting) byId("picture").before(place); // there is little else to do meanwhile
      place.hidden = false;
      if (text !== last || document.activeElement !== input) input.value = text;
      last = text;
      mark();
    },
    /** Who decided what in an answer. */
    told(decided) {
      told.textContent = decided ? whoDecided(decided) : "";
      // From now on the picture comes first; whoever chooses words goes on with it until they turn to something else.
      if (place.contains(document.activeElement)) place.addEventListener("focusout", leave);
      else giveWay();
    },
    hide() {
      place.removeEventListener("focusout", leave);
      place.hidden = true;
      told.textContent = "";
      input.value = last = "";
    },
  };
}

// The view of a live set: choose a picture, see what it is taken for, hear the music, hold it, stop it.

import { announce, el } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { addKeys } from "../shared/keys.js";
import { errorNotice, notice, sentence } from "../shared/notice.js";
import { LiveSet } from "./set.js";

const MOST_LINES = 30;
const DENIED = { NotAllowedError: "The browser was not allowed to use it; allow it beside the address, then try again.", NotFoundError: "There is no such device." };

/** The view of live sets. */
export function mount(place) {
  let set = null;
  let held = false;
  let silent = false;
  const video = el("video", { class: "live-picture", playsinline: true, muted: true, "aria-label": "What the music follows" });
  const about = el("input", { class: "field", id: "live-about", maxlength: "300", placeholder: "harbour, evening" });
  const sound = el("input", { type: "checkbox", id: "live-sound" });
  const volume = el("input", { type: "range", id: "live-volume", min: "0", max: "1", step: "0.01", value: "0.8", on: { input: () => set && (set.level = Number(volume.value)) } });
  const button = (label, run, kind = "") => el("button", { class: `button ${kind}`, type: "button", on: { click: run } }, label);
  const starts = [button("Camera", () => start("camera"), "primary"), button("Screen or window", () => start("screen"), "primary")];
  const hold = button("Hold", () => toggleHold());
  const panic = button("Silence", () => togglePanic(), "danger");
  const next = button("Another song", () => set?.command("skip"));
  const stop = button("Stop", () => set?.stop());
  const controls = el("div", { class: "button-row", hidden: true }, hold, panic, next, stop);
  const mood = el("p", { class: "live-mood" }, "–");
  const why = el("p", { class: "live-why" });
  const song = el("p", { class: "live-song" }, "–");
  const coming = el("p", { class: "live-why" });
  const lines = el("ol", { class: "live-lines", "aria-label": "What happened" });
  const notices = el("div", {});

  place.append(
    el("header", { class: "view-head" }, el("h1", {}, "Live")),
    notices,
    el("div", { class: "live-grid" },
      el("section", { class: "card live-card", "aria-label": "The picture" },
        video,
        el("div", { class: "live-form" },
          el("label", { class: "field-label", for: "live-about" }, "What is it? (optional)"), about,
          el("p", {}, sound, " ", el("label", { for: "live-sound" }, "Hear its sound too: the music makes room for speech"))),
        el("div", { class: "button-row" }, starts), controls),
      el("section", { class: "card live-card", "aria-label": "The music" },
        el("h2", {}, "Mood"), mood, why,
        el("h2", {}, "Song"), song, coming,
        el("p", {}, el("label", { for: "live-volume" }, "Volume "), volume),
        el("h2", {}, "What happened"), lines)),
  );

  const running = () => set !== null && document.body.dataset.page === "live";
  addKeys("Live", [
    { key: "h", label: "hold the music, or let it follow again", run: () => toggleHold(), when: running },
    { key: "Escape", label: "silence at once; again: music", run: () => togglePanic(), when: running },
    { key: "j", label: "another song", run: () => set?.command("skip"), when: running },
  ]);

  async function start(kind) {
    set?.stop();
    notices.replaceChildren();
    const own = new LiveSet((event) => hear(own, event));
    try {
      await own.start(kind, { sound: sound.checked, about: about.value.trim(), video });
    } catch (error) {
      const denied = DENIED[error.name];
      notices.replaceChildren(denied ? notice("warn", "No picture", denied) : errorNotice(error));
      return;
    }
    set = own;
    set.level = Number(volume.value);
    show();
  }

  function show() {
    controls.hidden = set === null;
    for (const each of starts) each.disabled = set !== null;
    hold.setAttribute("aria-pressed", String(held));
    panic.setAttribute("aria-pressed", String(silent));
    hold.textContent = held ? "Follow again" : "Hold";
    panic.textContent = silent ? "Music again" : "Silence";
  }

  function toggleHold() {
    held = !held;
    set?.command("hold", held);
    show();
  }

  function togglePanic() {
    silent = !silent;
    set?.command("panic", silent);
    show();
  }

  function line(time, text) {
    lines.prepend(el("li", {}, el("span", { class: "live-time" }, clock(time ?? 0)), " ", text));
    while (lines.children.length > MOST_LINES) lines.lastChild.remove();
  }

  function hear(from, event) {
    if (from !== set && event.event === "closed") return;
    if (event.event === "mood") {
      mood.textContent = event.mood;
      why.textContent = event.reasons.map(sentence).join(" ");
      line(event.time, `The picture is ${event.mood}${event.held ? ", and the music is held" : ""}.`);
      announce(`The picture is ${event.mood}`);
    } else if (event.event === "song") {
      const name = [event.song.title, event.song.artists.join(", ")].filter(Boolean).join(" · ");
      song.textContent = name;
      coming.textContent = event.reasons.map(sentence).join(" ");
      line(event.at, `${name}${event.repeated ? " (again: every other song was played)" : ""}`);
      announce(`Song: ${name}`);
    } else if (event.event === "problem") {
      line(event.time, sentence(event.message));
      notices.replaceChildren(notice("warn", "Something went wrong", sentence(event.message)));
    } else if (event.event === "closed") {
      set = null;
      held = silent = false;
      show();
    }
  }

  show();
  return {
    show() {
      document.title = "Live – reelscore";
    },
    hide() {}, // a set goes on while somebody looks at another view
  };
}

// What was noted of what somebody kept, turned down and heard; each line can be forgotten, and all of it.

import { request } from "../shared/api.js";
import { confirmed } from "../shared/confirm.js";
import { el } from "../shared/dom.js";
import { artists, counted } from "../shared/format.js";
import { errorNotice } from "../shared/notice.js";
import { questionsPanel } from "./questions.js";

const SHOWN = 200;
const WORDS = {
  auditioned: ({ amount }) => `heard for ${Math.round(amount)} s`,
  kept: () => "kept",
  starred: ({ amount }) => (amount ? `${counted(amount, "star")}` : "stars taken back"),
  rejected: () => "turned down",
  exported: () => "taken away",
  more: () => "more like this",
  less: () => "less like this",
  corrected: () => "taken off a shortlist",
};

/** The view of the taste. */
export function mount(place, { player }) {
  let current = new AbortController();
  const body = el("div", { class: "health" });
  place.append(
    el("header", { class: "view-head" }, el("h1", {}, "Taste"),
      el("p", {}, "What answers learn from. It is kept on this server alone.")),
    el("section", { class: "card padded" }, questionsPanel({ play: (song) => player.toggle(song), onTold: load })), body);

  async function load() {
    current.abort();
    current = new AbortController();
    const { signal } = current;
    try {
      const [known, events] = await Promise.all([
        request("/api/taste", { signal }),
        request(`/api/taste/events?limit=${SHOWN}`, { signal }),
      ]);
      body.replaceChildren(summary(known.data, forgetAll), list(events, forget));
    } catch (error) {
      if (error.name !== "AbortError") body.replaceChildren(errorNotice(error, [["Try again", load]]));
    }
  }

  async function forget(which = {}) {
    try {
      await request(`/api/taste/events?${new URLSearchParams(which)}`, { method: "DELETE" });
    } catch (error) {
      body.replaceChildren(errorNotice(error, [["Try again", load]]));
      return;
    }
    await load();
  }

  async function forgetAll() {
    if (await confirmed("Forget all of it?", "Answers begin anew. Shortlists of projects stay.", "Forget")) await forget();
  }

  return {
    show() {
      document.title = "Taste – reelscore";
      load();
    },
    hide() {
      current.abort();
    },
  };
}

function summary(known, onForget) {
  const facts = [
    known.on ? "" : "It is switched off (REELSCORE_TASTE), so nothing is noted and nothing counts.",
    `${counted(known.kept, "song")} kept, ${known.turned_down} turned down.`,
    known.leans_to.length ? `What you keep has more of: ${known.leans_to.join(", ")}.` : "",
    known.leans_away.length ? `It has less of: ${known.leans_away.join(", ")}.` : "",
    known.tempo_bpm === null ? "" : `Half of it is faster than ${Math.round(known.tempo_bpm)} bpm.`,
  ];
  return el("section", { class: "card padded" }, el("h2", {}, "What is known"),
    facts.filter(Boolean).map((fact) => el("p", {}, fact)),
    el("button", { class: "button", type: "button", disabled: !known.events, on: { click: onForget } }, "Forget all of it"));
}

function list({ data, total }, onForget) {
  const rest = total - data.length;
  return el("section", { class: "card padded" }, el("h2", {}, counted(total, "event")),
    el("ul", { class: "problems" }, data.map((event) => line(event, onForget))),
    rest > 0 && el("p", { class: "hint" }, `And ${rest} earlier ones; reelscore taste export lists them all.`));
}

function line(event, onForget) {
  const called = event.title === null ? "a song that left the library" : [event.title, artists(event)].filter(Boolean).join(" – ");
  const { song_id, project_id, kind } = event;
  return el("li", {},
    el("a", { href: `/songs/${song_id}` }, called), `: ${WORDS[kind](event)}, ${event.at.slice(0, 10)} `,
    el("button", { class: "button quiet", type: "button", "aria-label": `Forget ${called}: ${kind}`, on: { click: () => onForget({ song_id, project_id, kind }) } }, "Forget"));
}

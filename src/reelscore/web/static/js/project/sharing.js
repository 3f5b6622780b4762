// A project is shared by a link: made, listed and withdrawn.

import { readAccount } from "../shared/account.js";
import { el } from "../shared/dom.js";
import { sentence } from "../shared/notice.js";
import { at } from "../shared/root.js";
import { makeLink, readLinks, removeLink } from "./requests.js";

/** The part of a project's fields that shares it. */
export function sharing(project) {
  const state = el("div", { class: "share-state", role: "status" });
  const kind = el("select", { class: "field", "aria-label": "What the link lets people do" },
    el("option", { value: "" }, "Look and listen"), el("option", { value: "change" }, "Also judge songs, set hit points"));
  const make = el("button", { class: "button", type: "button", on: { click: () => run(create) } }, "Make a link");
  const links = el("ul", { class: "links", "aria-label": "Links to this project" });
  const form = el("div", { class: "share-form", hidden: true }, el("div", { class: "field-row" }, kind, make), state, links);
  const open = el("p", { class: "field-hint", hidden: true }, "Nobody signs in here: the address of this page is the link.");
  const element = el("details", { class: "sharing" }, el("summary", {}, "Share"), form, open);
  element.addEventListener("toggle", () => element.open && run(list));
  project.addEventListener("change", () => {
    if (project.data?.id === shown) return;
    element.open = false;
    state.replaceChildren();
  });
  let shown = ""; // id of the project whose links are listed

  async function run(work) {
    try {
      await work(project.data.id);
    } catch (error) {
      if (!error.code) throw error; // a fault of this page belongs in the console
      state.replaceChildren(el("p", { class: "problem", role: "alert" }, sentence(error.message)));
    }
  }

  async function list(id) {
    const { asks } = await readAccount();
    form.hidden = !asks;
    open.hidden = asks;
    if (asks) await show(id);
  }

  async function show(id) {
    const found = await readLinks(id);
    shown = id;
    links.replaceChildren(...found.map((link) => el("li", {},
      el("span", {}, [link.may_change ? "judges and sets" : "looks", link.made_by && `by ${link.made_by}`, link.expires_at ? `until ${link.expires_at.slice(0, 10)}` : "for good"].filter(Boolean).join(" · ")),
      el("button", { class: "button quiet", type: "button", "aria-label": `Withdraw the link that was made ${link.created_at.slice(0, 16).replace("T", " ")}`, on: { click: () => run(() => removeLink(id, link.id).then(() => show(id))) } }, "Withdraw"))));
  }

  async function create(id) {
    const { path } = await makeLink(id, { may_change: kind.value === "change" });
    const field = el("input", { class: "field", readonly: true, value: location.origin + at(path), "aria-label": "The link; it is shown once" });
    state.replaceChildren(field);
    field.select();
    await show(id);
  }

  return element;
}

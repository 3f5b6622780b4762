// The own account: password, browsers, and tokens for programs.

import { readAccount, signOut } from "../shared/account.js";
import { part, request } from "../shared/api.js";
import { announce, el } from "../shared/dom.js";
import { errorNotice, notice } from "../shared/notice.js";

const TOKENS = "/api/account/tokens";
const send = async (path, method, json) => (await request(path, { method, json })).data;

/** The view of the account. */
export function mount(place) {
  const title = el("h1", {}, "Account");
  const body = el("div", { class: "account" });
  place.append(el("header", { class: "view-head" }, title), body);

  async function load() {
    try {
      const account = await readAccount();
      title.textContent = account.name ?? "Account";
      if (account.name === null) {
        body.replaceChildren(notice("info", "Nobody has to sign in here", "This server knows its callers by this machine alone."));
        return;
      }
      body.replaceChildren(about(account), ...(account.has_password ? [password()] : []), await tokens(account));
    } catch (error) {
      body.replaceChildren(errorNotice(error, [["Try again", load]]));
    }
  }

  return {
    show() {
      document.title = "Account – reelscore";
      load();
    },
  };
}

function about(account) {
  const everywhere = () => signOut(true).catch((error) => section.append(errorNotice(error)));
  const section = el("section", { class: "card" }, el("h2", {}, "Signed in"),
    el("p", {}, `You are ${account.role}.`),
    account.by === "session" && el("button", { class: "button", type: "button", on: { click: everywhere } }, "Sign out everywhere"));
  return section;
}

function field(label, name, properties) {
  return el("label", {}, el("span", { class: "field-label" }, label), el("input", { class: "field", name, required: true, ...properties }));
}

function password() {
  const said = el("div");
  const form = el("form", { on: { submit: change } },
    field("Current password", "password", { type: "password", autocomplete: "current-password" }),
    field("New password", "new_password", { type: "password", autocomplete: "new-password", minlength: 8 }),
    el("button", { class: "button", type: "submit" }, "Change"), said);

  async function change(event) {
    event.preventDefault();
    try {
      await send("/api/account/password", "POST", Object.fromEntries(new FormData(form)));
      form.reset();
      said.replaceChildren(notice("info", "Changed", "Every other browser is signed out."));
    } catch (error) {
      said.replaceChildren(errorNotice(error));
    }
  }

  return el("section", { class: "card" }, el("h2", {}, "Password"), form);
}

async function tokens(account) {
  const list = el("ul", { class: "token-list" });
  const said = el("div");
  const roles = ["viewer", "editor", "admin"];
  const form = el("form", { on: { submit: make } },
    field("For what", "label", { maxlength: 100, placeholder: "render farm" }),
    el("label", {}, el("span", { class: "field-label" }, "May do what"),
      el("select", { class: "field", name: "scope" },
        roles.slice(0, roles.indexOf(account.role) + 1).map((role) => el("option", { value: role }, role)))),
    field("For how many days", "days", { type: "number", min: 1, max: 36500, value: 90 }),
    el("button", { class: "button", type: "submit" }, "Make a token"), said);

  async function refresh() {
    const found = await send(TOKENS, "GET");
    list.replaceChildren(...found.map((token) => el("li", {},
      el("span", {}, `${token.label} – ${token.scope}${token.expires_at ? `, until ${token.expires_at.slice(0, 10)}` : ""}`),
      el("button", { class: "button quiet", type: "button", "aria-label": `Remove ${token.label}`, on: { click: () => remove(token.id) } }, "Remove"))));
    if (!found.length) list.append(el("li", {}, "None yet."));
  }

  async function make(event) {
    event.preventDefault();
    const { label, scope, days } = Object.fromEntries(new FormData(form));
    try {
      const made = await send(TOKENS, "POST", { label, scope, days: Number(days) });
      said.replaceChildren(el("p", {}, "Copy it now; it is shown this once."), el("p", { class: "token-shown", tabindex: "0" }, made.token));
      announce("The token is made.");
      await refresh();
    } catch (error) {
      said.replaceChildren(errorNotice(error));
    }
  }

  async function remove(id) {
    try {
      await send(`${TOKENS}/${part(id)}`, "DELETE");
      await refresh();
    } catch (error) {
      said.replaceChildren(errorNotice(error));
    }
  }

  await refresh();
  return el("section", { class: "card" }, el("h2", {}, "Tokens for programs"), list, form);
}

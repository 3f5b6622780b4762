// Who is signed in: the requests, and what the bar of every page says of it.

import { request } from "./api.js";
import { el } from "./dom.js";
import { notice } from "./notice.js";
import { at } from "./root.js";

export const readAccount = async () => (await request("/api/account")).data;

const post = async (path, json) => (await request(path, { method: "POST", json })).data;

export const signIn = (name, password) => post("/api/account/sign-in", { name, password });

/** Sign out, and go to where one signs in. */
export async function signOut(everywhere = false) {
  await post("/api/account/sign-out", { everywhere });
  location.assign(at("/sign-in"));
}

/** Say who is signed in, among the links of the bar, or that nobody has to be. */
export async function showAccount(links) {
  const account = await readAccount().catch(() => null); // the page itself says what is wrong
  if (!account) return;
  if (account.exposed) {
    links.closest("header").after(notice("warn", "Everybody may come in",
      "Whoever reaches this address can use and change this library. Start the server without --insecure-open, with a user, to ask for a sign-in."));
  }
  if (!account.asks || account.name === null) return;
  links.append(
    el("a", { href: "/account" }, account.name),
    ...(account.by === "session" ? [el("button", { class: "button quiet", type: "button", on: { click: () => signOut() } }, "Sign out")] : []));
}

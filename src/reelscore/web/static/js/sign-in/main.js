// The page on which a browser signs in.

import { readAccount, signIn } from "../shared/account.js";
import { byId } from "../shared/dom.js";
import { localPath } from "../shared/local-path.js";
import { errorNotice } from "../shared/notice.js";
import { at } from "../shared/root.js";

const form = byId("sign-in");
const asked = new URLSearchParams(location.search);
const next = localPath(asked.get("next"), location.origin);

byId("sign-in-oidc").setAttribute("href", at(`/sign-in/oidc?next=${encodeURIComponent(next)}`));
if (asked.get("refused")) {
  byId("sign-in-problem").replaceChildren(errorNotice({ code: "sign_in_refused", message: "Your organisation did not let you in here; whoever looks after this server finds the reason in its log." }));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await signIn(form.elements.name.value, form.elements.password.value);
    location.replace(at(next));
  } catch (error) {
    byId("sign-in-problem").replaceChildren(errorNotice(error));
    form.elements.password.value = "";
    form.elements.password.focus();
  } finally {
    button.disabled = false;
  }
});

readAccount().then((account) => {
  byId("sign-in-elsewhere").hidden = !account.oidc;
  if (!account.asks || account.name !== null) location.replace(at(next)); // there is nothing to do here
}).catch(() => {});

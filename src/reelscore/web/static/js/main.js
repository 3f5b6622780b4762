// The page: one bar, one player, and the view that the address asks for.

import { useTable } from "./filters/table.js";
import { mountLibrary } from "./library/state.js";
import { mountDock } from "./player/dock.js";
import { Player } from "./player/player.js";
import { showAccount } from "./shared/account.js";
import { readFormFields } from "./shared/api.js";
import { announce, byId, el } from "./shared/dom.js";
import { mountHelp } from "./shared/help.js";
import { addKeys } from "./shared/keys.js";
import { errorNotice } from "./shared/notice.js";
import { matchView, startRouter } from "./shared/router.js";
import { noteHeard } from "./taste/heard.js";
import { VIEWS } from "./views.js";

const mounted = new Map(); // name -> { place, view }
const links = new Map(); // name -> the link in the bar
let current = null; // name of the view that is shown
let asked = 0; // how often something was asked for; a view that loads late is no longer wanted

const player = new Player(byId("audio"));
const app = { player, library: mountLibrary(), navigate: (address, options) => router.navigate(address, options) };
const table = readFormFields().then(useTable);

async function show(address) {
  const number = (asked += 1);
  const found = matchView(VIEWS, address.pathname);
  if (!found) return fail({ code: "not_found", message: `there is no page ${address.pathname}; the links above lead to those that there are` });
  const { view, parameters } = found;
  const isNew = current !== view.name;
  let entry;
  try {
    // An address holds filters, so it can be read only with their table; the start alone has none.
    if (address.pathname !== VIEWS[0].path || address.search) await table;
    entry = await mountView(view);
  } catch (error) {
    if (number === asked) fail(error);
    return;
  }
  if (number !== asked) return;
  if (isNew) {
    if (current) mounted.get(current)?.view.hide?.();
    for (const place of byId("main").children) place.hidden = place !== entry.place;
    document.body.dataset.page = view.name;
    mark(view);
    if (current) window.scrollTo(0, 0);
  }
  const isFirst = current === null;
  current = view.name;
  entry.view.show(address, parameters);
  if (isNew && !isFirst) {
    announce(view.label ?? "");
    entry.place.focus({ preventScroll: true });
  }
}

async function mountView(view) {
  const known = mounted.get(view.name);
  if (known) return known;
  const module = await view.load();
  if (mounted.has(view.name)) return mounted.get(view.name); // asked for twice while it was on its way
  const id = `view-${view.name}`;
  let place = document.getElementById(id);
  if (!place) {
    place = el("div", { class: "view", id, tabindex: "-1", hidden: true });
    byId("main").append(place);
  }
  const entry = { place, view: module.mount(place, app) };
  mounted.set(view.name, entry);
  return entry;
}

/** A view whose files do not come: the server is gone. */
function fail(error) {
  if (!error.code) console.warn(error);
  const gone = error.code === "not_found" ? error : { code: "unreachable", message: "The page cannot be loaded. See whether the server is still running, then try again." };
  const place = el("div", { class: "view", id: "view-gone" }, errorNotice(gone, gone === error ? [] : [["Try again", () => location.reload()]]));
  document.getElementById("view-gone")?.remove();
  for (const other of byId("main").children) other.hidden = true;
  byId("main").append(place);
  current = "gone";
  mounted.set("gone", { place, view: {} });
}

function mark(view) {
  for (const [name, link] of links) {
    if (name === (view.under ?? view.name)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  byId("skip-link").setAttribute("href", view.name === "desk" ? "#songs" : `#view-${view.name}`);
}

for (const view of VIEWS.filter((item) => item.label)) {
  const link = el("a", { href: view.path }, view.label);
  links.set(view.name, link);
  byId("views").append(el("li", {}, link));
  addKeys("Go to", [{ key: view.key, label: view.label, run: () => router.navigate(view.path) }]);
}

/** Films and songs are dropped anywhere: from another view, on the desk. */
document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
document.addEventListener("drop", async (event) => {
  if (event.defaultPrevented || current === VIEWS[0].name || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  router.navigate(VIEWS[0].path);
  (await mountView(VIEWS[0])).view.drop(files);
});

mountDock(player);
const heard = noteHeard(player);
addEventListener("pagehide", () => heard.flush());
mountHelp(byId("help-button"));
const router = startRouter((path) => matchView(VIEWS, path) !== null, show);
router.start();
table.catch(fail);
showAccount(byId("top-links"));
app.library.refresh().catch(() => {}); // the view that is shown tells what is wrong

// The address bar holds what is shown, so that back, reload and sharing work.

import { at, within } from "./root.js";

/** Where the browser is: path and query, without the part behind a #. */
const here = () => (within(location.pathname) ?? "/") + location.search;

/**
 * Calls `show(address)` now, on each `navigate`, when the browser goes back or forward, and for every
 * plain click on a link whose path `isOurs(path)`. `address` is a URL.
 * Answers with `navigate(address, { replace })`; the same address again is shown again.
 */
export function startRouter(isOurs, show) {
  let shown = here();
  const tell = () => show(new URL(shown, location.origin));

  window.addEventListener("popstate", () => {
    if (here() === shown) return; // a jump within the page
    shown = here();
    tell();
  });

  function navigate(address, { replace = false, silent = false } = {}) {
    if (address !== here()) history[replace ? "replaceState" : "pushState"](null, "", at(address));
    shown = here();
    if (!silent) tell();
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || event.button !== 0 || link.target || link.hasAttribute("download")) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    const path = within(url.pathname);
    if (url.origin !== location.origin || url.hash || path === null || !isOurs(path)) return;
    event.preventDefault();
    navigate(path + url.search);
  });

  return { navigate, start: tell };
}

/** The view of a table (`{ path }` each, with ":id" for any part) that a path names, with its parameters, or null. */
export function matchView(views, path) {
  for (const view of views) {
    const pattern = new RegExp(`^${view.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
    const found = pattern.exec(path);
    if (found) {
      const parameters = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { view, parameters: Object.fromEntries(parameters) };
    }
  }
  return null;
}

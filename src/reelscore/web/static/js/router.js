// The address bar holds what was asked, so that back, reload and sharing work.

/** @typedef {{kind: "start"} | {kind: "text", text: string} | {kind: "song", id: string} | {kind: "task", id: string}} Route */

/** The route that an address asks for. */
export function parseRoute(search) {
  const parameters = new URLSearchParams(search);
  const text = parameters.get("q")?.trim();
  if (text) return { kind: "text", text };
  const song = parameters.get("song");
  if (song) return { kind: "song", id: song };
  const task = parameters.get("task");
  if (task) return { kind: "task", id: task };
  return { kind: "start" };
}

/** The address of a route. */
export function formatRoute(route) {
  switch (route.kind) {
    case "text":
      return `/?${new URLSearchParams({ q: route.text })}`;
    case "song":
      return `/?${new URLSearchParams({ song: route.id })}`;
    case "task":
      return `/?${new URLSearchParams({ task: route.id })}`;
    default:
      return "/";
  }
}

/** Calls `show(route)` now, on each `navigate`, and when the browser goes back or forward. */
export function startRouter(show) {
  let shown = location.search;
  window.addEventListener("popstate", () => {
    if (location.search === shown) return; // a jump within the page
    shown = location.search;
    show(parseRoute(shown));
  });
  const navigate = (route) => {
    const address = formatRoute(route);
    // The same question again is asked again, but adds no step to go back over.
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    shown = location.search;
    show(route);
  };
  show(parseRoute(shown));
  return navigate;
}

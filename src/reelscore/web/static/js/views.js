// The table of views. A view is a module with `mount(place, app)`, which is called once, when it is first
// shown, and answers with `{ show(address, parameters), hide() }`.
//
// `place` is the element of the view, `app` what main.js offers: `{ player, library, navigate }`. `address`
// is a URL, and `parameters` what its path has in the place of ":id". `show` may answer with a promise, and
// says its own errors; `hide` stops what is still on its way. The server names the modules of the view that
// is asked for with the page, so that they come with it; the others are loaded when they are first wanted.

export const VIEWS = [
  { name: "desk", path: "/", label: "Find music", key: "g d", load: () => import("./desk/view.js") },
  { name: "library", path: "/library", label: "Library", key: "g l", load: () => import("./library/view.js") },
  { name: "song", path: "/songs/:id", under: "library", load: () => import("./song/view.js") },
  { name: "map", path: "/map", label: "Map", key: "g m", load: () => import("./map/view.js") },
  { name: "mixes", path: "/mixes", label: "Mixes", key: "g x", load: () => import("./mixing/view.js") },
  { name: "jobs", path: "/jobs", label: "Jobs", key: "g j", load: () => import("./jobs/view.js") },
  { name: "live", path: "/live", label: "Live", key: "g v", load: () => import("./live/view.js") },
  { name: "taste", path: "/taste", label: "Taste", key: "g t", load: () => import("./taste/view.js") },
  { name: "account", path: "/account", load: () => import("./account/view.js") },
  { name: "health", path: "/state", label: "Health", key: "g h", load: () => import("./library/health.js") },
];

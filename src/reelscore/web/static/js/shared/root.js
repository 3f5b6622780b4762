// Under which path of its host the server lives, behind a proxy: "" or such as "/music", as it says in the page.

const ROOT = globalThis.document?.documentElement?.dataset?.root ?? "";

/** The address of a path of ours in the browser; one that has the root already stays. */
export function at(path, root = ROOT) {
  const isOurs = path.startsWith("/") && !path.startsWith("//");
  return !isOurs || !root || path === root || path.startsWith(`${root}/`) ? path : root + path;
}

/** The path of ours that an address of the browser has; null if it lies outside. */
export function within(pathname, root = ROOT) {
  if (!root) return pathname;
  if (pathname === root) return "/";
  return pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : null;
}

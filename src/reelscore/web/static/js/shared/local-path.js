// Where to go next, as an address says it: a page of this server, or its start.

/** The path of an address on `origin`; "/" for whatever leads elsewhere. */
export function localPath(text, origin) {
  if (!text) return "/";
  try {
    const url = new URL(text, origin);
    // What begins with two strokes is another server, also behind a stroke that leans back.
    if (url.origin !== origin || url.pathname.startsWith("//") || url.pathname === "/sign-in") return "/";
    return url.pathname + url.search;
  } catch {
    return "/";
  }
}

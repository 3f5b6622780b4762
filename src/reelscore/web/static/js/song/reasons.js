// Which of the reasons for a song is said on its card: one that says more than its facts and tags. Pure.

/** The first reason that speaks for the song, else the first against it, in short; "" if there are only facts. */
export function mainReason(reasons) {
  const first = reasons.find(({ supports }) => supports) ?? reasons.find(({ supports }) => supports === false);
  return first?.short ?? "";
}

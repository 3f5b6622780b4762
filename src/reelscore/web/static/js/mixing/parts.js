// Parts of a blend as they are typed, one a line: "artist:Air=0.5", "saved:Evenings", a song's title, or words. Pure.

const KINDS = ["song", "artist", "saved"];

/** What a line says: `{ kind, name, weight }`; `kind` is "text" where none is stated. Null for an empty line. */
export function readPart(line, sign = 1) {
  const text = line.trim();
  if (!text) return null;
  const cut = text.lastIndexOf("=");
  const number = cut > 0 ? Number(text.slice(cut + 1)) : NaN;
  const weight = Number.isFinite(number) && text.slice(cut + 1).trim() ? number : 1;
  const body = weight === 1 && !(number === 1) ? text : text.slice(0, cut).trim();
  const colon = body.indexOf(":");
  const kind = KINDS.find((one) => colon > 0 && body.slice(0, colon) === one);
  return { kind: kind ?? "text", name: kind ? body.slice(colon + 1).trim() : body, weight: sign * weight };
}

/** The song whose title somebody typed, if there is exactly one; null else. */
export function songCalled(name, found) {
  const wanted = name.toLowerCase();
  const same = found.filter((song) => song.title.toLowerCase() === wanted);
  return same.length === 1 ? same[0] : null;
}

/** What changes from one song to the next, in a few words. */
export function stepInWords(step) {
  const tempo = step.tempo_percent < 1 ? "same tempo" : `tempo ${Math.round(step.tempo_percent)} %`;
  const key = step.key_steps === 0 ? "same key" : `key ${step.key_steps} away`;
  return `${tempo}, ${key}${step.mixes ? ", mixes" : ""}`;
}

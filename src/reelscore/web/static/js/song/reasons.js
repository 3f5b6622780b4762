// Which of the reasons for a song is said on its card: one that says more than its facts and tags. Pure.

const FACT = /^\d+ bpm( in [A-G][b#]? (major|minor))?$/;

const AGAINST = /^no clear beat$|\bwas wanted$/; // what speaks against a song

/** The first reason that is no list of tags and no fact of the card, short, one for the song before others; "" if there is none. */
export function mainReason(reasons) {
  const telling = reasons.filter((reason) => !FACT.test(reason) && !isTags(reason));
  const first = telling.find((reason) => !AGAINST.test(reason) || /close to what was wanted$/.test(reason)) ?? telling[0];
  return first ? short(first) : "";
}

/** Tags in a row, such as "mellow, acoustic, guitar". */
const isTags = (reason) => /^[\p{L}\d&' -]+(, [\p{L}\d&' -]+)+$/u.test(reason) && !/\d{2}|\bwanted\b|\bbpm\b/.test(reason);

/** Of several quoted phrases the first one. */
const short = (reason) => reason.replace(/^([^“]*“[^”]*”)(, “[^”]*”)+$/, "$1");

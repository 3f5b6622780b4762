// Small choices of a person that a browser keeps from visit to visit. One that keeps nothing forgets them with the page.

/** What was kept under a name; "" if there is nothing. */
export function recalled(name) {
  try {
    return localStorage.getItem(`reelscore.${name}`) ?? "";
  } catch {
    return "";
  }
}

/** Keep a text under a name. */
export function remember(name, text) {
  try {
    localStorage.setItem(`reelscore.${name}`, text);
  } catch {
    // it holds until the page is left
  }
}

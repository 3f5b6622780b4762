// Picture and songs beside each other, or one below the other.

import { byId } from "../shared/dom.js";

/** Keep the columns of the desk in order. */
export function mountColumns() {
  const side = byId("side");
  const wide = matchMedia("(min-width: 64rem)");
  // In one column the songs come before what is searched for and the filters.
  const put = () => (wide.matches ? side.append(byId("side-more")) : byId("songs").after(byId("side-more")));
  wide.addEventListener("change", put);
  put();
  // A column higher than the window stays with its lower end in sight, which CSS cannot know by itself.
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => target.style.setProperty("--own-height", `${target.offsetHeight}px`)));
  for (const column of [side, byId("songs")]) sizes.observe(column);
}

// Builds elements. Text always goes in as text, so nothing that a file's tags hold can become markup.

import { at } from "./root.js";

const ADDRESSES = new Set(["href", "src", "action"]);
const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with properties and children.
 * Properties: `class`, `on` (event handlers), `vars` (CSS custom properties); anything else is an
 * attribute, where true sets it bare and null, undefined or false leaves it out.
 */
export function el(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same in SVG. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else if (name === "vars") {
      for (const [variable, setting] of Object.entries(value)) node.style.setProperty(variable, String(setting));
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, ADDRESSES.has(name) ? at(String(value)) : String(value));
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The element with an id, which index.html promises. */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no element #${id}`);
  return node;
}

/** Tell a screen reader, without showing anything. */
export function announce(text) {
  byId("announcer").textContent = text;
}

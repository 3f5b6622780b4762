// Draws the reference of the API from /openapi.json.

import { showAccount } from "../shared/account.js";
import { unreachable } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";
import { errorNotice } from "../shared/notice.js";
import { at } from "../shared/root.js";
import { exampleOf, resolve, typeOf } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

function route(document, path, method, operation) {
  const body = bodyOf(document, operation);
  return el("details", { class: "route card", id: operation.operationId },
    el("summary", {},
      el("span", { class: "method" }, method.toUpperCase()),
      el("code", {}, path),
      el("span", { class: "hint" }, operation.summary ?? "")),
    el("div", { class: "body" },
      operation.description && el("p", {}, prose(operation.description)),
      parameters(document, operation.parameters ?? []),
      body && part(`Body: ${body.type}`, body.example),
      part("Try it", curl(path, method, operation, body)),
      answers(document, operation.responses ?? {})));
}

function parameters(document, list) {
  if (!list.length) return null;
  return el("div", {},
    el("h3", {}, "Parameters"),
    el("table", {}, list.map((item) =>
      el("tr", {},
        el("td", {}, el("code", {}, item.name)),
        el("td", {}, item.in),
        el("td", {}, typeOf(document, item.schema) + (item.schema?.default === undefined ? "" : `, default ${item.schema.default}`)),
        el("td", {}, item.description ?? item.schema?.description ?? "")))));
}

function bodyOf(document, operation) {
  const content = Object.entries(operation.requestBody?.content ?? {});
  if (!content.length) return null;
  const [type, { schema }] = content.find(([name]) => name === "application/json") ?? content[0];
  return { type, schema, example: JSON.stringify(exampleOf(document, schema), null, 2) };
}

function curl(path, method, operation, body) {
  const words = ["curl"];
  if (method !== "get") words.push("-X", method.toUpperCase());
  if (path.endsWith("/events")) words.push("-N");
  words.push(`"${location.origin}${at(path)}"`);
  if (body?.type === "application/json") {
    words.push("\\\n  -H 'Content-Type: application/json'", `\\\n  -d '${JSON.stringify(JSON.parse(body.example))}'`);
  } else if (body) {
    const file = body.schema.required?.[0] ?? "file";
    words.push(`\\\n  -F '${file}=@path/of/the/file' -F 'limit=10'`);
  }
  return words.join(" ");
}

function answers(document, responses) {
  return Object.entries(responses).map(([status, response]) => {
    const schema = response.content?.["application/json"]?.schema;
    if (Number(status) >= 400 || !schema) {
      const types = Object.keys(response.content ?? {}).join(", ");
      return el("p", { class: "by-line" }, el("code", {}, status), ` ${statusText(document, response, schema)} ${types && !schema ? `(${types})` : ""}`);
    }
    return part(`Answer: ${status}`, JSON.stringify(exampleOf(document, schema), null, 2));
  });
}

function statusText(document, response, schema) {
  return schema && resolve(document, schema).title === "ErrorResponse" ? "failure, in the error shape" : response.description;
}

/** Text with `code` in it. */
function prose(text) {
  return text.split("`").map((piece, index) => (index % 2 ? el("code", {}, piece) : piece));
}

function part(title, code) {
  return el("div", {}, el("h3", {}, title), el("pre", { tabindex: "0" }, code));
}

function draw(document) {
  const byTag = new Map();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? "other";
      byTag.set(tag, [...(byTag.get(tag) ?? []), route(document, path, method, item[method])]);
    }
  }
  return [
    el("div", {}, el("h1", {}, `${document.info.title} API`), el("p", { class: "about" }, prose(document.info.description))),
    ...[...byTag].map(([tag, routes]) => el("section", {}, el("h2", {}, tag), routes)),
  ];
}

showAccount(byId("top-links"));
const reference = byId("reference");
const answer = await fetch(at("/openapi.json")).then((response) => response.json()).catch(() => null);
if (answer) {
  reference.replaceChildren(...draw(answer));
  document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
} else {
  reference.append(errorNotice(unreachable(), [["Try again", () => location.reload()]]));
}
reference.removeAttribute("aria-busy");

// Reads OpenAPI schemas: follows references, and makes an example if none is written down.

const DEEPEST = 6;
const MADE_UP = "…"; // where nothing says what a text may be

/** The schema itself, where it may be a reference into `document`. */
export function resolve(document, schema) {
  let found = schema ?? {};
  while (found.$ref) {
    found = found.$ref.slice(2).split("/").reduce((node, key) => node[key.replaceAll("~1", "/")], document);
  }
  return found;
}

/** A value that fits a schema: its own example first, else one made of its parts. */
export function exampleOf(document, schema, depth = 0) {
  const found = resolve(document, schema);
  if (found.example !== undefined) return found.example;
  if (found.examples?.length) return found.examples[0];
  if (found.const !== undefined) return found.const;
  if (found.default !== undefined && found.type !== "array" && found.type !== "object") return found.default;
  if (found.enum) return found.enum[0];
  if (found.anyOf) {
    const first = exampleOf(document, found.anyOf[0], depth);
    // What may be missing, and has no example of its own, is shown missing.
    return found.anyOf.some((option) => option.type === "null") && isMadeUp(first) ? null : first;
  }
  if (depth > DEEPEST) return null;
  switch (found.type) {
    case "object": {
      const entries = Object.entries(found.properties ?? {});
      return Object.fromEntries(entries.map(([name, part]) => [name, exampleOf(document, part, depth + 1)]));
    }
    case "array": {
      const item = exampleOf(document, found.items, depth + 1);
      return isMadeUp(item) ? [] : [item];
    }
    case "integer":
    case "number":
      return found.minimum ?? 0;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return found.format === "binary" ? "(a file)" : MADE_UP;
  }
}

/** Whether an example tells nothing. */
const isMadeUp = (value) => value === MADE_UP || value === 0 || (typeof value === "object" && value !== null && Object.keys(value).length === 0);

/** A schema in a few words: its type, range and default. */
export function typeOf(document, schema) {
  const found = resolve(document, schema);
  const options = found.anyOf?.map((option) => typeOf(document, option));
  const range = [
    found.minimum !== undefined && `from ${found.minimum}`,
    found.maximum !== undefined && `to ${found.maximum}`,
    found.maxLength !== undefined && `at most ${found.maxLength} characters`,
  ].filter(Boolean);
  return [options ? options.join(" or ") : (found.type ?? "any"), ...range].join(", ");
}

// Reads OpenAPI schemas: follows references, and makes an example where none is written down.

const DEEPEST = 6;

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
  if (found.anyOf) return exampleOf(document, found.anyOf[0], depth);
  if (depth > DEEPEST) return null;
  switch (found.type) {
    case "object": {
      const entries = Object.entries(found.properties ?? {});
      return Object.fromEntries(entries.map(([name, part]) => [name, exampleOf(document, part, depth + 1)]));
    }
    case "array":
      return found.items ? [exampleOf(document, found.items, depth + 1)] : [];
    case "integer":
    case "number":
      return found.minimum ?? 0;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return found.format === "binary" ? "(a file)" : "…";
  }
}

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

// What the tests of single editors look at in queries.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policies } from "../../policies.mjs";
import { HERE, parse, query } from "./language.mjs";

/// The captures that a query has in the examples; those that begin with `_` are its own.
export function captures(path) {
  const compiled = query(path);
  const found = new Set();
  for (const { text } of policies().filter(({ name }) => name.startsWith("examples/"))) {
    for (const { name } of compiled.captures(parse(text).rootNode)) {
      if (!name.startsWith("_")) found.add(name);
    }
  }
  return found;
}

/// The predicates and settings of a query, without their `#`.
export function predicates(path) {
  const text = readFileSync(join(HERE, "../..", path), "utf8");
  return new Set([...text.matchAll(/\(#([a-z-]+[?!])/g)].map(([, name]) => name));
}

/// Names of which some are written below their first word: `type builtin` is `type` and `type.builtin`.
export function scopes(text) {
  const lines = text.trim().split("\n").map((line) => line.split(" "));
  return lines.flatMap(([first, ...others]) => [first, ...others.map((o) => `${first}.${o}`)]);
}

/// What is not among the known names.
export function unknown(found, known) {
  return [...found].filter((name) => !known.includes(name));
}

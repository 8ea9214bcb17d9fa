import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { cached, cachedBatch } from "@class-cache/core";
import { extractSnippets } from "./snippets/extract.ts";
import { root } from "./snippets/root.ts";

const file = "docs/11-options.md";
const page = readFileSync(join(root, file), "utf8");

/** The options that a decorator takes, as its own error message names them. */
function optionsOf(decorator: (options: object) => unknown): string[] {
  try {
    decorator({ none: 1 });
  } catch (error) {
    return /one of ([\w, ]+)/.exec((error as Error).message)?.[1]?.split(", ") ?? [];
  }
  return [];
}

describe("the table of options", () => {
  const listed = Array.from(page.matchAll(/^\| `(\w+)`/gm), ([, name]) => name);

  test("names every option that the decorators take, and no other", () => {
    const known = new Set([...optionsOf(cached), ...optionsOf(cachedBatch), "maxBatchSize"]);
    expect(known.size).toBeGreaterThan(20);
    expect(new Set(listed)).toEqual(known);
    expect(listed).toHaveLength(known.size);
  });

  test("has an example of each that runs", () => {
    const snippets = extractSnippets(file, page).filter(({ run }) => run);
    for (const name of listed) {
      const uses = snippets.filter(({ code }) => new RegExp(`[{ ]${name}: `).test(code));
      expect([name, uses.length > 0]).toEqual([name, true]);
    }
  });
});

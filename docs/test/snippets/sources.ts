import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { extractSnippets } from "./extract.ts";
import type { Snippet } from "./extract.ts";
import { root } from "./root.ts";

const PAGES = ["README.md", "packages/*/README.md", "docs/**/*.md"];

/** Every snippet of the documentation, file by file. */
export function documentedSnippets(): Snippet[] {
  return globSync(PAGES, { cwd: root, exclude: [".snippets", "node_modules"] })
    .sort()
    .flatMap((file) => extractSnippets(file, readFileSync(join(root, file), "utf8")));
}

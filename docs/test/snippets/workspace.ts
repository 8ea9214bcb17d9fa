import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Snippet } from "./extract.ts";
import { root } from "./root.ts";

/**
 * Snippets written as modules within the repository, so that its packages resolve from them.
 * Remove `folder` after use.
 */
export interface SnippetWorkspace {
  readonly folder: string;
  /** One tsconfig for each way of compiling decorators. */
  readonly projects: readonly string[];
  /** The module of a snippet. */
  path(snippet: Snippet): string;
}

const ABANDONED_MS = 60 * 60_000;

const COMPILER_OPTIONS = {
  noEmit: true,
  // Snippets see the built declarations, as those who install the packages do.
  customConditions: [],
  noUnusedLocals: false,
  noUnusedParameters: false,
  erasableSyntaxOnly: false,
};

export function writeSnippets(snippets: readonly Snippet[]): SnippetWorkspace {
  const parent = join(root, "docs/.snippets");
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const folder = mkdtempSync(join(parent, "run-"));
  const path = (snippet: Snippet): string => join(folder, mode(snippet), moduleName(snippet));
  const projects = new Set<string>();
  for (const snippet of snippets) {
    mkdirSync(join(folder, mode(snippet)), { recursive: true });
    // Blank lines before the code make line numbers agree with the Markdown file.
    writeFileSync(path(snippet), `${"\n".repeat(snippet.line - 1)}${snippet.code}\n`);
    projects.add(writeProject(join(folder, mode(snippet)), snippet.legacy));
  }
  return { folder, projects: [...projects], path };
}

/** Removes what runs that were killed have left. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changed > ABANDONED_MS) rmSync(folder, { recursive: true, force: true });
  }
}

function mode(snippet: Snippet): string {
  return snippet.legacy ? "legacy" : "standard";
}

function moduleName({ file, line }: Snippet): string {
  return `${file.replaceAll(/[\\/]/g, "__")}.${line}.ts`;
}

function writeProject(folder: string, legacy: boolean): string {
  const decorators = legacy ? { experimentalDecorators: true, emitDecoratorMetadata: true } : {};
  const project = join(folder, "tsconfig.json");
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { ...COMPILER_OPTIONS, ...decorators },
      include: ["*.ts"],
    }),
  );
  return project;
}

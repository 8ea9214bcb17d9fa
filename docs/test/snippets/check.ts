import { join } from "node:path";
import { runNode } from "./child.ts";
import { root } from "./root.ts";
import type { SnippetWorkspace } from "./workspace.ts";

/** Type-checks every snippet of the workspace; resolves to the compiler's complaints. */
export async function typeErrors(workspace: SnippetWorkspace): Promise<string> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const outcomes = await Promise.all(
    workspace.projects.map((project) =>
      runNode([compiler, "-p", project, "--pretty", "false"], { cwd: workspace.folder }),
    ),
  );
  return outcomes
    .filter(({ exitCode }) => exitCode !== 0)
    .map(({ exitCode, output }) => output || `The compiler ended with exit code ${exitCode}.`)
    .join("\n");
}

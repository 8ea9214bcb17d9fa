import { afterAll, describe, expect, test } from "@jest/globals";
import { rmSync } from "node:fs";
import { typeErrors } from "./snippets/check.ts";
import { extractSnippets } from "./snippets/extract.ts";
import type { Snippet } from "./snippets/extract.ts";
import { runSnippet } from "./snippets/run.ts";
import { writeSnippets } from "./snippets/workspace.ts";
import type { SnippetWorkspace } from "./snippets/workspace.ts";

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("running a snippet", () => {
  test("fails when it throws", async () => {
    const { exitCode, output } = await runSnippet(modulePath(`throw new Error("broken claim");`));
    expect(exitCode).toBe(1);
    expect(output).toContain("broken claim");
  });

  test("fails when it exits with another code than zero", async () => {
    expect(await runSnippet(modulePath("process.exitCode = 3;"))).toMatchObject({ exitCode: 3 });
  });

  test("supports await outside of functions and has a cache folder of its own", async () => {
    const path = modulePath(
      `import { mkdir } from "node:fs/promises";
       await mkdir(process.env["XDG_CACHE_HOME"] ?? "");
       console.log("made");`,
    );
    expect(await runSnippet(path)).toEqual({ exitCode: 0, output: "made\n" });
    expect(await runSnippet(path)).toEqual({ exitCode: 0, output: "made\n" });
  });

  test("compiles decorators by the standard, and by experimentalDecorators after the mark", async () => {
    const source = `
      const tell = (...args: unknown[]): void => console.log(args.length);
      class A { @tell m(): void {} }
      new A().m();`;
    expect(await runSnippet(modulePath(source))).toEqual({ exitCode: 0, output: "2\n" });
    expect(await runSnippet(modulePath(source, "<!-- legacy -->"))).toEqual({
      exitCode: 0,
      output: "3\n",
    });
  });
});

describe("type-checking snippets", () => {
  test("names the file and line of an error", async () => {
    const { workspace } = workspaceOf(`const text: string = 1;`);
    expect(await typeErrors(workspace)).toContain("page.md.3.ts(3,7): error TS2322");
  });

  test("has nothing to say of right ones", async () => {
    const { workspace } = workspaceOf(`const text: string = "1";`);
    expect(await typeErrors(workspace)).toBe("");
  });
});

function modulePath(code: string, mark = ""): string {
  const { workspace, snippet } = workspaceOf(code, mark);
  return workspace.path(snippet);
}

function workspaceOf(code: string, mark = ""): { workspace: SnippetWorkspace; snippet: Snippet } {
  const [snippet] = extractSnippets("page.md", `${mark}\n\`\`\`ts\n${code}\n\`\`\``);
  if (snippet === undefined) throw new Error("The page has no snippet.");
  const workspace = writeSnippets([snippet]);
  folders.push(workspace.folder);
  return { workspace, snippet };
}

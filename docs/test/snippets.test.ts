import { afterAll, describe, expect, test } from "@jest/globals";
import { rmSync } from "node:fs";
import { typeErrors } from "./snippets/check.ts";
import { runSnippet } from "./snippets/run.ts";
import { documentedSnippets } from "./snippets/sources.ts";
import { writeSnippets } from "./snippets/workspace.ts";

describe("the documentation's snippets", () => {
  const snippets = documentedSnippets();
  const workspace = writeSnippets(snippets);

  afterAll(() => rmSync(workspace.folder, { recursive: true, force: true }));

  test("type-check", async () => {
    expect(await typeErrors(workspace)).toBe("");
  });

  for (const snippet of snippets.filter(({ run }) => run)) {
    test(`${snippet.file}:${snippet.line} runs`, async () => {
      const { exitCode, output } = await runSnippet(workspace.path(snippet));
      expect({ exitCode, output: exitCode === 0 ? "" : output }).toEqual({
        exitCode: 0,
        output: "",
      });
    });
  }
});

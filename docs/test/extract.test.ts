import { describe, expect, test } from "@jest/globals";
import { extractSnippets } from "./snippets/extract.ts";

describe("extractSnippets", () => {
  test("finds the ts blocks and where their code begins", () => {
    const page = ["# Title", "```ts", "a();", "b();", "```", "```sh", "npm i", "```"].join("\n");
    expect(extractSnippets("page.md", page)).toEqual([
      { file: "page.md", line: 3, code: "a();\nb();", legacy: false, run: true },
    ]);
  });

  test("reads no-run and the legacy mark, which counts for the next block only", () => {
    const page = ["<!-- legacy -->", "", "```ts no-run", "a();", "```", "```ts", "```"].join("\n");
    expect(extractSnippets("page.md", page)).toMatchObject([
      { legacy: true, run: false },
      { legacy: false, run: true },
    ]);
  });

  test("takes no block out of another one", () => {
    const page = ["````md", "```ts", "a();", "```", "````"].join("\n");
    expect(extractSnippets("page.md", page)).toEqual([]);
  });

  test("removes the indent of a block within a list", () => {
    const page = ["1. Do", "   ```ts", "   a();", "     b();", "   ```"].join("\n");
    expect(extractSnippets("page.md", page)).toMatchObject([{ code: "a();\n  b();" }]);
  });

  test("refuses a block that is not closed", () => {
    expect(() => extractSnippets("page.md", "text\n```ts\na();")).toThrow("page.md:2");
  });

  test("refuses a word that it does not know", () => {
    expect(() => extractSnippets("page.md", "```ts norun\n```")).toThrow('"norun"');
  });
});

import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { configure, resetStats, stats } from "@class-cache/core";
import { CodeAnalyser } from "@class-cache/examples";
import { memory } from "@class-cache/mapping";

const text = `
import type { Readable } from "node:stream";

/**
 * Reads everything.
 * @deprecated use another
 */
export declare function readAll(stream: Readable): Promise<string>;

/** @internal */
export declare const secret: number;

export interface Options {
  /** How many. */
  count?: number;
}
`;

describe("CodeAnalyser", () => {
  beforeEach(() => {
    configure({ backend: memory() });
    resetStats();
  });

  afterAll(() => configure({ backend: undefined }));

  test("tells what a file declares", async () => {
    const analysis = await new CodeAnalyser().analyse({ path: "a.d.ts", text });
    expect(analysis.declarations).toEqual([
      {
        name: "readAll",
        kind: "FunctionDeclaration",
        line: 8,
        summary: "Reads everything.",
        type: "(stream: Readable) => Promise<string>",
        deprecated: true,
      },
      {
        name: "Options",
        kind: "InterfaceDeclaration",
        line: 13,
        summary: "",
        type: "Options",
        deprecated: false,
      },
    ]);
    expect(analysis.imports).toEqual(new Set(["node:stream"]));
    expect(analysis).toMatchObject({ lines: 17, documented: 2, declared: 5, nodes: 33, depth: 5 });
  });

  test("does not parse a text again under another path, and gives the same from memory", async () => {
    const first = await new CodeAnalyser().analyse({ path: "a.d.ts", text });
    const second = await new CodeAnalyser().analyse({ path: "b.d.ts", text });
    expect(second).toEqual(first);
    expect(stats()).toMatchObject({ hits: 1, misses: 1 });
  });

  test("keeps apart analyses with and without internal declarations", async () => {
    const without = await new CodeAnalyser().analyse({ path: "a.d.ts", text });
    const with_ = await new CodeAnalyser(true).analyse({ path: "a.d.ts", text });
    expect(with_.declarations.length).toBe(without.declarations.length + 1);
    expect(stats()).toMatchObject({ hits: 0, misses: 2 });
  });
});

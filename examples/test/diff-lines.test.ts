import { describe, expect, test } from "@jest/globals";
import { configure, resetStats, stats } from "@class-cache/core";
import { diffLines } from "@class-cache/examples";
import { memory } from "@class-cache/mapping";
import fc from "fast-check";

/** Length of the longest common subsequence, the slow and simple way. */
function commonLines(one: readonly string[], other: readonly string[]): number {
  let previous = Array.from(other, () => 0).concat(0);
  for (const line of one) {
    const row = [0];
    for (const [at, also] of other.entries()) {
      row.push(line === also ? previous[at]! + 1 : Math.max(row[at]!, previous[at + 1]!));
    }
    previous = row;
  }
  return previous.at(-1)!;
}

describe("diffLines", () => {
  test("leads from one text to the other, by the fewest changes", async () => {
    configure({ backend: memory() });
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, lines, async (before, after) => {
        const changes = await diffLines(before.join("\n"), after.join("\n"));
        const of = (...kinds: string[]): string[] =>
          changes.filter(({ kind }) => kinds.includes(kind)).flatMap((change) => change.lines);
        expect(of("same", "removed")).toEqual(before);
        expect(of("same", "added")).toEqual(after);
        expect(of("same").length).toBe(commonLines(before, after));
      }),
    );
  });

  test("computes a pair of texts once", async () => {
    configure({ backend: memory() });
    resetStats();
    await diffLines("a\nb", "a\nc");
    expect(await diffLines("a\nb", "a\nc")).toEqual([
      { kind: "same", lines: ["a"] },
      { kind: "removed", lines: ["b"] },
      { kind: "added", lines: ["c"] },
    ]);
    expect(stats()).toMatchObject({ hits: 1, misses: 1 });
    expect(await diffLines.memo.has("a\nb", "a\nc")).toBe(true);
  });
});

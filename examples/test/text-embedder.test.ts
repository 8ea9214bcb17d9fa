import { describe, expect, test } from "@jest/globals";
import { configure } from "@class-cache/core";
import { TextEmbedder } from "@class-cache/examples";
import { memory } from "@class-cache/mapping";

function likeness(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}

describe("TextEmbedder", () => {
  test("gives like texts like vectors, of length one", async () => {
    configure({ backend: memory() });
    await using embedder = new TextEmbedder();
    const [cats, cat, tax] = await embedder.getMany([
      "the cats sleep on the sofa",
      "the cat sleeps on the sofa",
      "quarterly tax declaration",
    ]);
    expect(likeness(cats!, cats!)).toBeCloseTo(1, 5);
    expect(likeness(cats!, cat!)).toBeGreaterThan(likeness(cats!, tax!) + 0.3);
  });

  test("remembers for equal embedders, not for others", async () => {
    const backend = memory();
    configure({ backend });
    {
      await using embedder = new TextEmbedder(64);
      await embedder.get("hello");
    }
    await using equal = new TextEmbedder(64);
    await using other = new TextEmbedder(128);
    expect(await equal.has("hello")).toBe(true);
    expect(await other.has("hello")).toBe(false);
    expect((await other.get("hello")).length).toBe(128);
  });
});

import { expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import { copy, memory } from "@class-cache/mapping";
import { settled } from "./gate.ts";
import { sharedMemory } from "./shared-memory.ts";

test("what was copied over a backend in use is seen, and what others set in it afterwards", async () => {
  const [from, to] = [memory(), memory()];
  const id = "copied";
  const tags = (): string[] => ["tag"];
  const there = memoize(async (_key: string) => "there", { id, backend: sharedMemory(from), tags });
  const here = memoize(async (_key: string) => "here", { id, backend: sharedMemory(to), tags });
  const another = memoize(async (_key: string) => "another", {
    id,
    backend: sharedMemory(to),
    tags,
  });
  await there.memo.set(["a"], "first");
  await copy(from, to);
  expect(await here("a")).toBe("first");
  for (let round = 0; round < 5; round += 1) await here.memo.set(["b"], `round ${round}`);
  expect([await here("k"), await here("k")]).toEqual(["here", "here"]);
  await copy(from, to);
  for (let round = 0; round < 5; round += 1) {
    await settled();
    await another.memo.set(["k"], `again ${round}`);
    expect(await here("k")).toBe(`again ${round}`);
  }
});

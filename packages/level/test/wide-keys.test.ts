import { expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { temporaryFolder } from "./temporary-folder.ts";

test.each(["é", "漢", "🎉"])("keys of %s are found whatever their length", async (character) => {
  await using backend = level({ dir: temporaryFolder() });
  const mapping = backend.open<string, number>("id");
  const keys = Array.from({ length: 300 }, (_, index) => character.repeat(index + 1));
  for (const [index, key] of keys.entries()) {
    await mapping.set(key, index);
    expect(await mapping.get(key)).toBe(index);
    expect(await mapping.has(key)).toBe(true);
  }
  expect(await mapping.getMany(keys)).toEqual(keys.map((_, index) => index));
});

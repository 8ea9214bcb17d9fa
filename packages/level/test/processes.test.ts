import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { temporaryFolder } from "./temporary-folder.ts";

describe("two backends on one database", () => {
  test("an owner and a guest see at the next call what the other was acknowledged", async () => {
    const dir = temporaryFolder();
    await using one = level({ dir });
    await using other = level({ dir });
    const owning = one.open<string, unknown>("shared");
    expect(await owning.size()).toBe(0);
    const visiting = other.open<string, unknown>("shared");
    for (let round = 0; round < 100; round += 1) {
      const key = `key ${round % 10}`;
      const value = round % 5 === 0 ? "v".repeat(40_000 + round) : round;
      await visiting.set(key, value);
      expect(await owning.get(key)).toBe(value);
      await owning.set(key, -round);
      expect(await visiting.get(key)).toBe(-round);
      if (round % 3 === 0) {
        expect(await owning.delete(key)).toBe(true);
        expect(await visiting.delete(key)).toBe(false);
      }
      if (round % 20 === 0) {
        await (round % 40 === 0 ? visiting : owning).clear();
        expect([await owning.size(), await visiting.size()]).toEqual([0, 0]);
      }
      if (round === 50) {
        expect(await other.drop("shared")).toBe(true);
        expect(await one.drop("shared")).toBe(false);
      }
    }
    expect(await visiting.size()).toBe(await owning.size());
  });
});

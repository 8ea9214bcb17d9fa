import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("many processes on one store", () => {
  test("limits hold for all processes together", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const maxEntries = 200;
    const children = [0, 1, 2, 3].map(
      (number) => new Child("limited.ts", { path, number, maxEntries, writes: 200 }),
    );
    const said = await Promise.all(children.map((child) => child.success()));
    for (const [most] of said) expect(Number(most)).toBeLessThanOrEqual(maxEntries);
    await using backend = sqlite({ path });
    const size = await backend.open("limited").size();
    expect(size).toBeGreaterThan(maxEntries * 0.95);
    expect(size).toBeLessThanOrEqual(maxEntries);
  });
});

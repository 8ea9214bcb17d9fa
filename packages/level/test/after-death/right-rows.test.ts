import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { filesIn, temporaryFolder } from "../temporary-folder.ts";

function logIn(dir: string): string {
  return filesIn(join(dir, "db")).find((path) => path.endsWith(".log"))!;
}

/** A store as it is while its owner has it open, which is what a kill leaves. */
async function leftAmid(work: (dir: string) => Promise<void>): Promise<string> {
  const dir = temporaryFolder();
  await work(dir);
  // Longer than it takes until the lengths of the files are noted.
  await sleep(80);
  const left = temporaryFolder();
  for (const path of filesIn(dir)) cpSync(path, path.replace(dir, left));
  return left;
}

describe("a flipped bit in the log of a killed process costs nothing", () => {
  test.each([
    ["of a mapping that is new", false],
    ["of a mapping whose name is in a table", true],
  ])("where entries were cleared and dropped since: %s", async (_which, prunes) => {
    const left = await leftAmid(async (dir) => {
      const backend = level({ dir });
      const [cleared, dropped] = ["cleared", "dropped"].map((id) =>
        backend.open<string, string>(id),
      );
      await cleared!.set("first", "value");
      await dropped!.set("first", "value");
      if (prunes) await cleared!.prune();
      for (const key of ["a", "b"]) {
        await cleared!.set(key, "before");
        await dropped!.set(key, "before");
      }
      await cleared!.clear();
      await backend.drop("dropped");
      await cleared!.set("c", "since");
    });
    const { length } = readFileSync(logIn(left));
    for (let at = 0; at < length; at += 5) {
      const copy = temporaryFolder();
      cpSync(left, copy, { recursive: true });
      const bytes = readFileSync(logIn(copy));
      bytes[at]! ^= 1 << (at % 8);
      writeFileSync(logIn(copy), bytes);
      await using backend = level({ dir: copy });
      const mapping = backend.open<string, string>("cleared", { onError() {} });
      expect([at, await mapping.getMany(["first", "a", "b", "c"])]).toEqual([
        at,
        [undefined, undefined, undefined, "since"],
      ]);
    }
  });
});

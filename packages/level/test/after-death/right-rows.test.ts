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

function tablesIn(dir: string): string[] {
  return filesIn(join(dir, "db")).filter((path) => path.endsWith(".ldb"));
}

test("a flipped bit in a table that a killed process left costs nothing where it has what was cleared since", async () => {
  const dir = temporaryFolder();
  {
    await using backend = level({ dir });
    for (const id of ["cleared", "live"]) {
      for (let key = 0; key < 30; key += 1) await backend.open(id).set(key, `${key}`.repeat(20));
    }
  }
  {
    await using backend = level({ dir });
    await backend.open("cleared").clear();
  }
  // To open it makes tables of its logs.
  for (let times = 0; times < 2; times += 1) {
    await using backend = level({ dir });
    await backend.open("live").has(1);
  }
  const left = await leftAmid(async (copy) => {
    cpSync(dir, copy, { recursive: true });
    await level({ dir: copy }).open("live").set(30, "value");
  });
  for (const table of tablesIn(left)) {
    const { length } = readFileSync(table);
    for (let at = 0; at < length; at += 29) {
      const copy = temporaryFolder();
      cpSync(left, copy, { recursive: true });
      const bytes = readFileSync(table);
      bytes[at]! ^= 1 << (at % 8);
      writeFileSync(table.replace(left, copy), bytes);
      await using backend = level({ dir: copy });
      expect([at, await backend.open("live").size()]).toEqual([at, 31]);
      const values = await backend
        .open<number, string>("live", { onError() {} })
        .getMany([0, 9, 29]);
      expect([at, values]).toEqual([at, ["0".repeat(20), "9".repeat(20), "29".repeat(20)]]);
    }
  }
});

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

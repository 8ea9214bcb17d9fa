import { chmodSync, chownSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { verify } from "@class-cache/mapping";
import { fileBlocks } from "@class-cache/file";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const NOBODY = 65_534;
const asRoot = process.getuid?.() === 0 ? test : test.skip;

describe("a store on disk", () => {
  test("that others may read is taken from them where it is written to, but for the folder named", async () => {
    const dir = join(temporaryFolder(), "store");
    const large = "v".repeat(40_000);
    {
      await using backend = fileBlocks({ dir });
      for (const id of ["written", "read"]) {
        await backend.open(id).set("small", 1);
        await backend.open(id).set("large", large);
      }
    }
    const paths = filesIn(dir).filter((path) => dirname(path) !== dir);
    const folders = new Set(paths.flatMap((path) => [dirname(path), dirname(dirname(path))]));
    for (const path of paths) chmodSync(path, 0o644);
    for (const path of folders) chmodSync(path, 0o755);
    const open = (id: string): string[] =>
      [...paths, ...folders].filter(
        (path) => path.includes(join(dir, id)) && (statSync(path).mode & 0o077) !== 0,
      );
    const before = open("read");
    expect(before.length).toBeGreaterThan(3);
    await using backend = fileBlocks({ dir });
    for (const id of ["written", "read"]) expect(await backend.open(id).get("small")).toBe(1);
    expect((await verify(backend)).damages).toEqual([]);
    expect(open("written")).toHaveLength(before.length);
    await backend.open("written").set("small", 2);
    await backend.open("written").set("large", large);
    // Nobody else gets as far as to it, and nothing of it is what was written.
    expect(open("written").map((path) => basename(path))).toEqual(["mapping.json"]);
    expect(open("read")).toEqual(before);
    expect(statSync(dir).mode & 0o777).toBe(0o755);
  });

  asRoot("that another user owns keeps its modes", async () => {
    const dir = join(temporaryFolder(), "store");
    await fileBlocks({ dir }).open("id").set("a", 1);
    const block = filesIn(dir).find((path) => path.endsWith(".block"))!;
    for (const [path, mode] of [
      [block, 0o644],
      [dirname(block), 0o755],
    ] as const) {
      chmodSync(path, mode);
      chownSync(path, NOBODY, NOBODY);
    }
    await fileBlocks({ dir }).open("id").set("a", 2);
    expect(statSync(block).mode & 0o777).toBe(0o644);
    expect(statSync(dirname(block)).mode & 0o777).toBe(0o755);
  });
});

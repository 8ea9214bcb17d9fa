import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";

const mounted: string[] = [];

afterEach(() => {
  for (const folder of mounted.splice(0)) {
    spawnSync("umount", [folder]);
    rmdirSync(folder);
  }
});

/** A file system of its own, of 600 KiB; undefined where this process may not mount one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", folder]);
  if (status !== 0) {
    rmdirSync(folder);
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

const mountable = smallDisk() !== undefined;
const onSmallDisk = mountable ? test : test.skip;

onSmallDisk(
  "a full disk loses no entry, and can be cleared (needs the right to mount)",
  async () => {
    const dir = join(smallDisk()!, "cache");
    await using backend = fileBlocks({ dir });
    const mapping = backend.open<number, string>("full");
    const value = (key: number): string => "v".repeat(key % 7 === 0 ? 9000 : 1500);
    const acknowledged: number[] = [];
    const refused: unknown[] = [];
    for (let key = 0; key < 500; key += 1) {
      await mapping.set(key, value(key)).then(
        () => acknowledged.push(key),
        (error: unknown) => refused.push(error),
      );
    }
    expect(acknowledged.length).toBeGreaterThan(50);
    expect(refused.length).toBeGreaterThan(50);
    for (const error of refused) {
      expect(error).toMatchObject({ code: "ERR_STORE", message: expect.stringContaining(dir) });
      expect(error).toMatchObject({
        message: expect.stringContaining("the disk is full (ENOSPC)"),
      });
    }
    for (const key of acknowledged) expect(await mapping.get(key)).toBe(value(key));
    expect(await mapping.size()).toBe(acknowledged.length);

    await mapping.clear();
    expect(await mapping.size()).toBe(0);
    await mapping.set(1, value(1));
    await using fresh = fileBlocks({ dir });
    expect(await fresh.open("full").get(1)).toBe(value(1));
  },
);

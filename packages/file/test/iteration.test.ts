import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import type { MutableMapping } from "@class-cache/mapping";
import { FileBlockBackend } from "../src/file-blocks.ts";
import { fileCalls } from "../src/file-calls.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Texts = MutableMapping<string, string>;

const KEYS: readonly string[] = Array.from({ length: 40 }, (_, key) => `k${key}`).sort();

const LARGE = "large".repeat(2000);

/** Does steps in another process, while this one is in the middle of something. */
function doMeanwhile(options: object): void {
  const program = fileURLToPath(new URL("processes/steps.ts", import.meta.url));
  const { status } = spawnSync(process.execPath, ["--conditions=@class-cache/source", program], {
    env: { ...process.env, NODE_OPTIONS: undefined },
    input: JSON.stringify(options),
  });
  expect(status).toBe(0);
}

async function all<T>(iterated: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of iterated) found.push(one);
  return found;
}

const ways: Record<string, (mapping: Texts) => Promise<string[]>> = {
  keys: (mapping) => all(mapping.keys()),
  entries: async (mapping) => (await all(mapping.entries())).map(([key]) => key),
  records: async (mapping) => (await all(mapping.records())).map(({ key }) => key),
};

describe("large entries that another process moves amid an iteration", () => {
  test.each(Object.entries(ways))("all come once, as %s", async (_way, iterate) => {
    const dir = temporaryFolder();
    const options = { dir, maxBlockBytes: 500 };
    const first = KEYS.map((key) => ["set", key, `${key} ${LARGE}`]);
    doMeanwhile({ ...options, steps: first });
    const steps = [...first.slice(5), ["set", KEYS[2], "small"], ["delete", KEYS[3]], ["prune"]];
    let isMoved = false;
    // Once a block has been read, and before the segment is that it points into.
    const openSync: typeof fileCalls.openSync = (path, ...how) => {
      if (!isMoved && path.endsWith(".segment")) {
        isMoved = true;
        doMeanwhile({ ...options, steps });
      }
      return fileCalls.openSync(path, ...how);
    };
    const errors: Error[] = [];
    await using backend = new FileBlockBackend(options, { ...fileCalls, openSync });
    const mapping = backend.open<string, string>("id", { onError: (error) => errors.push(error) });
    const found = await iterate(mapping);
    expect(isMoved).toBe(true);
    expect(errors).toEqual([]);
    expect(found.sort()).toEqual(KEYS.filter((key) => key !== KEYS[3]));
    const { bytes } = (await all(mapping.records())).find(({ key }) => key === KEYS[2])!;
    expect(bytes).toBeLessThan(100);
  });

  test.each([undefined, 2000])(
    "all come once, for as long as it goes on, with blocks of %p bytes",
    async (maxBlockBytes) => {
      const dir = temporaryFolder();
      const child = new Child("overwriting.ts", { dir, maxBlockBytes, keys: KEYS });
      await child.line("filled");
      const errors: Error[] = [];
      await using backend = fileBlocks({ dir, maxBlockBytes });
      const mapping = backend.open<string, string>("id", {
        onError: (error) => errors.push(error),
      });
      const end = performance.now() + 1500;
      while (performance.now() < end) expect((await all(mapping.keys())).sort()).toEqual(KEYS);
      await child.kill();
      expect(errors).toEqual([]);
    },
  );
});

test("entries that are cleared and set anew amid an iteration do not come again", async () => {
  const dir = temporaryFolder();
  await using backend = fileBlocks({ dir, maxBlockBytes: 500 });
  const mapping = backend.open<string, string>("id");
  await mapping.setMany(KEYS.map((key) => [key, "v".repeat(100)]));
  const found: string[] = [];
  for await (const key of mapping.keys()) {
    found.push(key);
    if (found.length !== KEYS.length / 2) continue;
    await mapping.clear();
    // So few lie in one block again.
    await mapping.setMany(found.slice(0, 5).map((each) => [each, "w"]));
  }
  expect(found).toHaveLength(new Set(found).size);
  expect(await mapping.size()).toBe(5);
});

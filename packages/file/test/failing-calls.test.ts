import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import type { MutableMapping } from "@class-cache/mapping";
import type { CallFault } from "./failing-calls/faulty-calls.ts";
import { FaultyCalls } from "./failing-calls/faulty-calls.ts";
import { FileBlockBackend } from "../src/file-blocks.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const large = "large".repeat(4000);
const huge = "huge".repeat(200_000);

interface Opened extends AsyncDisposable {
  readonly faulty: FaultyCalls;
  readonly backend: FileBlockBackend;
  readonly mapping: MutableMapping<string, string>;
}

const open = (backend: FileBlockBackend): MutableMapping<string, string> => backend.open("id");

/** A store with some entries, of which some calls fail from now on. */
async function opened(fault: Omit<CallFault, "at">, maxBlockBytes = 2000): Promise<Opened> {
  const dir = temporaryFolder();
  await using writer = fileBlocks({ dir, maxBlockBytes });
  const entries = { small: "small", large, huge };
  for (const [key, value] of Object.entries(entries)) await open(writer).set(key, value);
  const faulty = new FaultyCalls();
  const backend = new FileBlockBackend({ dir, maxBlockBytes }, faulty.calls);
  faulty.fail({ at: 1, ...fault });
  const end = (): Promise<void> => backend.close();
  return { faulty, backend, mapping: open(backend), [Symbol.asyncDispose]: end };
}

const refused = { code: "ERR_STORE" };

describe("a call of the file system", () => {
  test.each(["readSync", "read"] as const)(
    "that reads only a part, as %s, is called for the rest",
    async (only) => {
      await using store = await opened({ how: "short", forEver: true, only });
      const { mapping } = store;
      expect(await mapping.get("small")).toBe("small");
      expect(await mapping.get("large")).toBe(large);
      expect(await mapping.get("huge")).toBe(huge);
      for (let key = 0; key < 60; key += 1) await mapping.set(`${key % 40}`, `${key}`.repeat(50));
      await mapping.prune();
      store.faulty.mend();
      expect(await mapping.size()).toBe(43);
      for (let key = 20; key < 60; key += 1) {
        expect(await mapping.get(`${key % 40}`)).toBe(`${key}`.repeat(50));
      }
    },
  );

  test.each(["writeSync", "writevSync", "writev"] as const)(
    "that writes only a part, as %s, is called for the rest",
    async (only) => {
      await using store = await opened({ how: "short", forEver: false, only });
      for (const [key, value] of Object.entries({ small: "other", large, huge })) {
        await store.mapping.set(key, `${value} again`);
        expect(await store.mapping.get(key)).toBe(`${value} again`);
      }
    },
  );

  test("that looks at a file and fails is a coded error", async () => {
    await using store = await opened({ how: "EIO", forEver: true, only: "fstatSync" });
    const { mapping } = store;
    await expect(mapping.get("small")).rejects.toMatchObject(refused);
    await expect(mapping.set("small", "other")).rejects.toMatchObject(refused);
    await expect(store.backend.lease("name")).rejects.toMatchObject(refused);
    store.faulty.mend();
    await (await store.backend.lease("name")).release();
    await mapping.set("small", "other");
    expect(await mapping.get("small")).toBe("other");
  });

  test("that locks and fails is a coded error", async () => {
    await using store = await opened({ how: "EIO", forEver: true, only: "tryLock" });
    await expect(store.backend.lease("name")).rejects.toMatchObject(refused);
    await expect(store.mapping.set("large", large)).rejects.toMatchObject(refused);
    store.faulty.mend();
    await (await store.backend.lease("name")).release();
    await store.mapping.set("large", large);
  });

  test.each(["EROFS", "EACCES"] as const)(
    "that opens a block and meets %s once keeps no later write away",
    async (how) => {
      await using store = await opened({ how, forEver: false, only: "openSync" });
      expect(await store.mapping.get("small")).toBe("small");
      await store.mapping.set("small", "other");
      expect(await store.mapping.get("small")).toBe("other");
    },
  );

  test("that closes a file and fails disturbs nothing", async () => {
    const store = await opened({ how: "EIO", forEver: true, only: "closeSync" });
    const { mapping } = store;
    for (let key = 0; key < 60; key += 1) await mapping.set(`${key}`, "v".repeat(99));
    for (let key = 0; key < 60; key += 1) expect(await mapping.get(`${key}`)).toBe("v".repeat(99));
    await mapping.prune();
    await mapping.clear();
    await store.backend.close();
    expect(store.faulty.open.size).toBe(0);
  });

  test.each(["fstatSync", "tryLock", "readSync"] as const)(
    "that fails, as %s, leaves no file open",
    async (only) => {
      const store = await opened({ how: "EIO", forEver: true, only });
      for (let round = 0; round < 3; round += 1) {
        await Promise.allSettled([
          store.mapping.get("small"),
          store.mapping.set("small", "other"),
          store.mapping.set("large", large),
          store.mapping.prune(),
        ]);
      }
      await store.backend.close();
      expect(store.faulty.open.size).toBe(0);
    },
  );
});

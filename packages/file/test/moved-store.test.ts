import {
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { FileBlockBackend } from "../src/file-blocks.ts";
import { fileCalls } from "../src/file-calls.ts";
import { Child } from "./child.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

/** A store looks some 20 times a second whether it is in its place. */
const NOTICE_MS = 80;

const LARGE = "large".repeat(4000);

/** Ways in which the files of an open store leave its path; each tells where they have a name then. */
const moves: Record<string, (dir: string) => string> = {
  "is moved aside": (dir) => {
    renameSync(dir, `${dir}.old`);
    return `${dir}.old`;
  },
  "is removed, and its files have other names": (dir) => {
    for (const path of filesIn(dir)) {
      const copy = join(`${dir}.old`, relative(dir, path));
      mkdirSync(dirname(copy), { recursive: true });
      linkSync(path, copy);
    }
    rmSync(dir, { recursive: true });
    return `${dir}.old`;
  },
  "lies behind a link that is changed": (dir) => {
    const parent = dirname(dir);
    rmSync(parent);
    mkdirSync(`${parent}.new`);
    symlinkSync(`${parent}.new`, parent);
    return join(dirname(parent), "first", "store");
  },
};

/** A folder for a store, below a symbolic link. */
function linkedFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "first"));
  symlinkSync(join(folder, "first"), join(folder, "link"));
  return join(folder, "link", "store");
}

describe.each(Object.entries(moves))("an open store whose folder %s", (_how, move) => {
  test("reads as empty, and takes writes that others see", async () => {
    const dir = linkedFolder();
    await using one = fileBlocks({ dir });
    const mapping = one.open<string, string>("id");
    for (const key of ["small", "other"]) await mapping.set(key, "before");
    await mapping.set("large", LARGE);
    move(dir);
    await sleep(NOTICE_MS);
    expect(await mapping.get("small")).toBeUndefined();
    expect(await mapping.get("large")).toBeUndefined();
    expect(await mapping.size()).toBe(0);
    await mapping.set("small", "after");
    await mapping.set("large", `${LARGE} after`);
    await using other = fileBlocks({ dir });
    const mirror = other.open<string, string>("id");
    expect(await mirror.get("small")).toBe("after");
    expect(await mirror.get("large")).toBe(`${LARGE} after`);
    expect(await mirror.size()).toBe(2);
  });

  test("reads and writes what stands at its path by then", async () => {
    const dir = linkedFolder();
    await using one = fileBlocks({ dir });
    const mapping = one.open<string, string>("id");
    await mapping.set("key", "before");
    move(dir);
    await using other = fileBlocks({ dir });
    const mirror = other.open<string, string>("id");
    await mirror.set("key", "after");
    await sleep(NOTICE_MS);
    expect(await mapping.get("key")).toBe("after");
    await mapping.set("key", "by the one");
    expect(await mirror.get("key")).toBe("by the one");
  });

  test("grants a lease that others see, and sees theirs", async () => {
    const dir = linkedFolder();
    await using one = fileBlocks({ dir });
    await using other = fileBlocks({ dir });
    const before = await one.lease("before");
    await (await one.lease("name")).release();
    move(dir);
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const held = await first.lease("name");
      let isGranted = false;
      const waiting = second.lease("name").then((lease) => {
        isGranted = true;
        return lease;
      });
      await sleep(40);
      expect(isGranted).toBe(false);
      await held.release();
      await (await waiting).release();
    }
    await before.release();
  });

  test("reports no damage, and leaves what was moved as it was", async () => {
    const dir = linkedFolder();
    const errors: Error[] = [];
    await using writer = fileBlocks({ dir });
    await writer.open("id").set("large", LARGE);
    await using one = fileBlocks({ dir });
    const mapping = one.open<string, string>("id", { onError: (error) => errors.push(error) });
    expect(await mapping.has("large")).toBe(true);
    const moved = move(dir);
    expect(await mapping.get("large")).toBeUndefined();
    for await (const key of mapping.keys()) throw new Error(key);
    expect(errors).toEqual([]);
    await using other = fileBlocks({ dir: moved });
    expect(await other.open("id").get("large")).toBe(LARGE);
  });
});

test("a store whose folder is put back as a copy goes by the copy", async () => {
  const dir = join(temporaryFolder(), "store");
  await using one = fileBlocks({ dir });
  const mapping = one.open<string, string>("id");
  await mapping.set("key", "copied");
  cpSync(dir, `${dir}.copy`, { recursive: true });
  await mapping.set("key", "newer");
  renameSync(dir, `${dir}.old`);
  renameSync(`${dir}.copy`, dir);
  await sleep(NOTICE_MS);
  expect(await mapping.get("key")).toBe("copied");
  await mapping.set("key", "after");
  await using other = fileBlocks({ dir });
  expect(await other.open("id").get("key")).toBe("after");
  expect(readdirSync(dirname(dir)).sort()).toEqual(["store", "store.old"]);
});

test("a store that is moved amid its upkeep leaves the one in its place whole", async () => {
  const dir = join(temporaryFolder(), "store");
  const keys = Array.from({ length: 20 }, (_, key) => key);
  let isMoved = true;
  // Once what lives has been copied, and before what it lay in is removed.
  const fdatasync = (fd: number): Promise<void> => {
    if (!isMoved) {
      isMoved = true;
      renameSync(dir, `${dir}.old`);
      renameSync(`${dir}.copy`, dir);
    }
    return fileCalls.fdatasync(fd);
  };
  await using one = new FileBlockBackend({ dir }, { ...fileCalls, fdatasync });
  const mapping = one.open<number, string>("id");
  for (const key of keys) await mapping.set(key, `${LARGE} ${key}`);
  for (const key of keys) if (key % 2 > 0) await mapping.delete(key);
  cpSync(dir, `${dir}.copy`, { recursive: true });
  isMoved = false;
  await expect(mapping.prune()).rejects.toMatchObject({ code: "ERR_STORE" });
  expect(isMoved).toBe(true);
  await using other = fileBlocks({ dir });
  const mirror = other.open<number, string>("id");
  for (const key of keys) {
    expect(await mirror.get(key)).toBe(key % 2 > 0 ? undefined : `${LARGE} ${key}`);
  }
});

test.each([false, true])(
  "large writes to a store that was moved just now come to an end, made anew: %p",
  async (isMadeAnew) => {
    const dir = join(temporaryFolder(), "store");
    const child = new Child("moved-store.ts", { dir, isMadeAnew });
    expect(await child.success()).toEqual(["large", "huge", `8192 ${2 ** 20}`]);
    await using backend = fileBlocks({ dir });
    expect(await backend.open<string, string>("id").get("large")).toHaveLength(8192);
  },
);

test("a prune comes to an end although its mapping's folder is removed and being made anew meanwhile", async () => {
  const dir = temporaryFolder();
  let isNext = false;
  const readdirSync: typeof fileCalls.readdirSync = (path) => {
    if (isNext && path === dir) {
      isNext = false;
      for (const name of fileCalls.readdirSync(dir).filter((each) => each !== "locks")) {
        const manifest = join(dir, name, "mapping.json");
        const text = readFileSync(manifest);
        rmSync(join(dir, name), { recursive: true });
        mkdirSync(join(dir, name));
        writeFileSync(manifest, text);
      }
    }
    return fileCalls.readdirSync(path);
  };
  await using backend = new FileBlockBackend({ dir }, { ...fileCalls, readdirSync });
  const mapping = backend.open<string, number>("id", { onError() {} });
  await mapping.set("key", 1);
  isNext = true;
  await mapping.prune().catch(() => {});
  expect(isNext).toBe(false);
  await mapping.set("key", 2);
  expect(await mapping.get("key")).toBe(2);
}, 20_000);

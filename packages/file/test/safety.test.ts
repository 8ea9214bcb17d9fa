import { setImmediate } from "node:timers/promises";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { Child } from "./child.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

/** Runs steps as somebody without rights, where the test itself runs as root. */
function stranger(dir: string, steps: unknown[]): Child {
  return new Child("steps.ts", { dir, steps }, isRoot ? { uid: NOBODY, gid: NOBODY } : {});
}

/** A folder that the stranger owns and the way to it. */
function strangersFolder(): string {
  const folder = temporaryFolder();
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

function outcomes(lines: readonly string[]): unknown[] {
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe("a store on disk", () => {
  test("never leaves its folder, whatever the ids", async () => {
    const parent = temporaryFolder();
    const dir = join(parent, "deep", "store");
    await using backend = fileBlocks({ dir });
    const ids = [
      "../../x",
      "..",
      ".",
      "",
      "/tmp/x",
      "a/../../b",
      "a\\..\\b",
      "CON",
      "nul\0",
      "~",
      "$HOME",
    ];
    for (const id of ids) await backend.open(id).set("../../key", id);
    await backend.lease("../../../lease");
    expect(readdirSync(parent)).toEqual(["deep"]);
    expect(readdirSync(join(parent, "deep"))).toEqual(["store"]);
    for (const name of readdirSync(dir)) expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(readdirSync(dir)).toHaveLength(ids.length + 1);
    expect(new Set(readdirSync(dir).map((name) => name.toLowerCase())).size).toBe(ids.length + 1);
    for (const id of ids) expect(await backend.drop(id)).toBe(true);
    expect(readdirSync(dir)).toEqual(["locks"]);
  });

  test("is for its owner alone, whatever the umask", async () => {
    const before = process.umask();
    try {
      for (const umask of [0, 0o022, 0o077]) {
        process.umask(umask);
        const dir = join(temporaryFolder(), "store");
        await using backend = fileBlocks({ dir, maxBlockBytes: 500 });
        const mapping = backend.open<number, Buffer>("id");
        for (let key = 0; key < 20; key += 1) await mapping.set(key, Buffer.alloc(key * 2000));
        await mapping.prune();
        await backend.open("another").set(1, 1);
        await backend.lease("name");
        for (const path of filesIn(dir)) {
          expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
          for (let folder = dirname(path); folder.length >= dir.length; folder = dirname(folder)) {
            expect([folder, statSync(folder).mode & 0o777]).toEqual([folder, 0o700]);
          }
        }
      }
    } finally {
      process.umask(before);
    }
  });

  test("that cannot be written is refused with the path, and works once it can be", async () => {
    const folder = strangersFolder();
    chmodSync(folder, 0o500);
    const dir = join(folder, "store");
    const refused = stranger(dir, [["get", "a"], ["set", "a", 1], ["size"]]);
    expect(outcomes(await refused.success())).toEqual([
      { value: null },
      { code: "ERR_STORE", message: expect.stringContaining(folder) },
      { value: 0 },
    ]);
    chmodSync(folder, 0o700);
    const granted = stranger(dir, [
      ["set", "a", 1],
      ["get", "a"],
    ]);
    expect(outcomes(await granted.success())).toEqual([{ value: null }, { value: 1 }]);
  });

  test("that may only be read is read, and says so when it is written to", async () => {
    const folder = strangersFolder();
    const dir = join(folder, "store");
    const large = "v".repeat(40_000);
    await stranger(dir, [
      ["set", "a", 1],
      ["set", "large", large],
    ]).success();
    const paths = filesIn(dir);
    const folders = new Set(paths.map((path) => dirname(path)));
    for (const path of paths) chmodSync(path, 0o400);
    for (const path of folders) chmodSync(path, 0o500);
    const reader = stranger(dir, [
      ["get", "a"],
      ["get", "large"],
      ["size"],
      ["set", "a", 2],
      ["delete", "a"],
      ["clear"],
      ["prune"],
      ["get", "a"],
    ]);
    const refused = { code: "ERR_STORE", message: expect.stringMatching(/permission is denied/) };
    expect(outcomes(await reader.success())).toEqual([
      { value: 1 },
      { value: large },
      { value: 2 },
      refused,
      refused,
      refused,
      refused,
      { value: 1 },
    ]);
    for (const path of folders) chmodSync(path, 0o700);
    for (const path of paths) chmodSync(path, 0o600);
    const writer = stranger(dir, [
      ["set", "a", 2],
      ["get", "a"],
      ["get", "large"],
    ]);
    expect(outcomes(await writer.success())).toEqual([
      { value: null },
      { value: 2 },
      { value: large },
    ]);
  });

  test("below a file is refused with the path", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await using backend = fileBlocks({ dir: join(file, "store") });
    const mapping = backend.open("id");
    for (const refused of [mapping.get(1), mapping.set(1, 1), mapping.size()]) {
      await expect(refused).rejects.toMatchObject({ code: "ERR_STORE" });
    }
    await expect(mapping.set(1, 1)).rejects.toThrow(join(file, "store"));
    rmSync(file);
    await mapping.set(1, 1);
    expect(await mapping.get(1)).toBe(1);
  });

  test("on a full disk refuses writes with the path, loses nothing, and works once there is room", async () => {
    const dir = join(temporaryFolder(), "store");
    {
      await using backend = fileBlocks({ dir });
      for (let key = 0; key < 20; key += 1)
        await backend.open("id").set(`old ${key}`, "v".repeat(1000));
      await backend.open("id").set("old large", "v".repeat(90_000));
    }
    const sets = Array.from({ length: 60 }, (_, key) => ["set", `new ${key}`, "w".repeat(3000)]);
    const gets = Array.from({ length: 20 }, (_, key) => ["get", `old ${key}`]);
    // No file of the child may have more than 100 KiB: the system then refuses as on a full disk.
    const child = new Child(
      "steps.ts",
      {
        dir,
        maxBlockBytes: 1_000_000,
        steps: [...sets, ["set", "large", "w".repeat(90_000)], ...gets],
      },
      { fileBlocks: 100 },
    );
    const told = outcomes(await child.success()) as {
      value?: unknown;
      code?: string;
      message?: string;
    }[];
    const failed = told.filter(({ code }) => code !== undefined);
    expect(failed.length).toBeGreaterThan(10);
    for (const { code, message } of failed) {
      expect(code).toBe("ERR_STORE");
      expect(message).toContain(dir);
    }
    expect(told.slice(-20)).toEqual(
      Array.from({ length: 20 }, () => ({ value: "v".repeat(1000) })),
    );

    await using backend = fileBlocks({ dir });
    const mapping = backend.open<string, string>("id");
    for (let key = 0; key < 60; key += 1) {
      const value = await mapping.get(`new ${key}`);
      const isRefused = told[key]?.code !== undefined;
      expect([isRefused ? undefined : "never", "w".repeat(3000)]).toContain(value);
      await mapping.set(`new ${key}`, "x".repeat(3000));
    }
    for (let key = 0; key < 60; key += 1)
      expect(await mapping.get(`new ${key}`)).toBe("x".repeat(3000));
    expect(await mapping.get("old large")).toBe("v".repeat(90_000));
    await mapping.prune();
    expect(await mapping.get("old 7")).toBe("v".repeat(1000));
  });

  test("whose folder is removed while it is open reads as empty and is made anew", async () => {
    const dir = join(temporaryFolder(), "store");
    await using one = fileBlocks({ dir, maxBlockBytes: 1000 });
    await using other = fileBlocks({ dir, maxBlockBytes: 1000 });
    const mapping = one.open<number, string>("id");
    for (let round = 0; round < 3; round += 1) {
      for (let key = 0; key < 20; key += 1)
        await mapping.set(key, "v".repeat(key % 9 === 0 ? 40_000 : 100));
      rmSync(dir, { recursive: true });
      expect(await mapping.get(1)).toBeUndefined();
      expect(await mapping.get(0)).toBeUndefined();
      expect(await mapping.size()).toBe(0);
      expect(await mapping.delete(1)).toBe(false);
      await mapping.clear();
      expect(await mapping.prune()).toMatchObject({ entries: 0 });
      await other.open<number, string>("id").set(round, "by the other");
      expect(await mapping.get(round)).toBe("by the other");
      await mapping.set(0, "w".repeat(40_000));
      expect(await other.open<number, string>("id").get(0)).toBe("w".repeat(40_000));
    }
  });

  test("whose folder is removed keeps what is written in the same turn of the event loop", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir });
    const mapping = backend.open<string, number>("mapping");
    await mapping.set("before", 1);
    for (let round = 0; round < 3; round += 1) {
      rmSync(dir, { recursive: true });
      await mapping.set("after", round);
      expect(await mapping.get("after")).toBe(round);
      expect(await mapping.get("before")).toBeUndefined();
      await using fresh = fileBlocks({ dir });
      expect(await fresh.open("mapping").get("after")).toBe(round);
    }
  });

  test("of which one file is removed while it is open goes on with the rest", async () => {
    const dir = temporaryFolder();
    await using one = fileBlocks({ dir });
    await using other = fileBlocks({ dir });
    const mapping = one.open<string, string>("id");
    const mirror = other.open<string, string>("id");
    for (let round = 0; round < 3; round += 1) {
      await mapping.set("a", "1");
      await mapping.set("large", "v".repeat(40_000));
      expect(await mirror.get("large")).toBe("v".repeat(40_000));
      rmSync(
        filesIn(dir).find((path) => path.endsWith(round === 1 ? ".segment" : "root.block")) ?? "",
      );
      // What a stranger removes is noticed in the next turn of the event loop.
      await setImmediate();
      await mirror.set("b", "2");
      expect(await mapping.get("b")).toBe("2");
      expect(await mapping.get("a")).toBe(round === 1 ? "1" : undefined);
      await mapping.set("c", "3");
      expect(await mirror.get("c")).toBe("3");
    }
  });

  test("is not made by reading", async () => {
    const dir = join(temporaryFolder(), "store");
    await using backend = fileBlocks({ dir });
    const mapping = backend.open("id");
    expect(await mapping.get(1)).toBeUndefined();
    expect(await mapping.delete(1)).toBe(false);
    await mapping.clear();
    await mapping.prune();
    expect(await backend.drop("id")).toBe(false);
    for await (const id of backend.ids()) throw new Error(id);
    expect(existsSync(dir)).toBe(false);
  });

  test("refuses options that are none", () => {
    const refused = expect.objectContaining({ code: "ERR_OPTION" });
    expect(() => fileBlocks({ dir: "" })).toThrow(refused);
    expect(() => fileBlocks({ dir: "a\0b" })).toThrow(refused);
    expect(() => fileBlocks({ maxBlockBytes: 0 })).toThrow(refused);
    expect(() => fileBlocks({ maxBlockBytes: NaN })).toThrow(refused);
    expect(() => fileBlocks({ durability: "none" as never })).toThrow(refused);
    expect(() =>
      fileBlocks({ dir: undefined, maxBlockBytes: undefined, durability: undefined }),
    ).not.toThrow();
  });

  test("in a relative folder stays there when the process goes elsewhere", async () => {
    const before = process.cwd();
    const folder = temporaryFolder();
    mkdirSync(join(folder, "elsewhere"));
    try {
      process.chdir(folder);
      await using backend = fileBlocks({ dir: "store" });
      process.chdir(join(folder, "elsewhere"));
      await backend.open("id").set(1, 1);
      expect(readdirSync(folder).sort()).toEqual(["elsewhere", "store"]);
    } finally {
      process.chdir(before);
    }
  });
});

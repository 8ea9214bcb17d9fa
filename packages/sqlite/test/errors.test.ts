import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "@jest/globals";
import type { SqliteOptions } from "@class-cache/sqlite";
import { sqlite } from "@class-cache/sqlite";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const isRoot = process.getuid?.() === 0;
const nobody = 65534;

async function storeAt(path: string): Promise<void> {
  await using backend = sqlite({ path });
  await backend.open<string, number>("shared").set("key", 1);
}

test("options are checked", () => {
  const wrong: object[] = [
    { path: "" },
    { path: "a\0b" },
    { path: 7 },
    { path: ":memory:" },
    { synchronous: "extra" },
    { busyTimeout: -1 },
    { busyTimeout: NaN },
    { maxBytes: -1 },
    { maxEntries: "7" },
    { codec: {} },
  ];
  for (const options of wrong) {
    expect(() => sqlite(options as SqliteOptions)).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  }
  expect(sqlite({ path: undefined, synchronous: undefined }).path).toMatch(/cache\.sqlite$/);
});

describe("a store that cannot be used", () => {
  test("that another process keeps locked beyond busyTimeout can be read, not written", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await storeAt(path);
    const locker = new Child("locker.ts", { path });
    await locker.line("locked");
    expect(await new Child("outcomes.ts", { path }).success()).toEqual(["got 1", "ERR_STORE"]);
    locker.signal("SIGTERM");
    expect(await locker.ended).toBe(0);
    expect(await new Child("outcomes.ts", { path }).success()).toEqual(["got 1", "set"]);
  });

  test("that may be read alone refuses writes, and remains", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "c.sqlite");
    await storeAt(path);
    const before = readFileSync(path);
    chmodSync(path, 0o444);
    chmodSync(folder, 0o777);
    const owner = isRoot ? { uid: nobody, gid: nobody } : {};
    expect(await new Child("outcomes.ts", { path }, owner).success()).toEqual([
      "got 1",
      "ERR_STORE",
    ]);
    expect(readFileSync(path)).toEqual(before);
  });

  test("in a folder that cannot be entered is a coded error", async () => {
    const folder = join(temporaryFolder(), "file");
    writeFileSync(folder, "");
    await using backend = sqlite({ path: join(folder, "c.sqlite") });
    await expect(backend.open("id").set(1, 1)).rejects.toMatchObject({ code: "ERR_STORE" });
    await expect(backend.lease("name")).rejects.toMatchObject({ code: "ERR_STORE" });
  });

  test("where a folder is, is a coded error for whatever looks at it", async () => {
    const path = temporaryFolder();
    expect(await new Child("looks.ts", { path }).success()).toEqual(
      ["get", "has", "size", "ids", "verify", "repair"].map((look) => `${look} ERR_STORE`),
    );
  });

  test("in a folder that may not be entered is a coded error for whatever looks at it, and not empty", async () => {
    const folder = join(temporaryFolder(), "closed");
    const path = join(folder, "c.sqlite");
    await storeAt(path);
    chmodSync(join(folder, ".."), 0o755);
    chmodSync(folder, isRoot ? 0o700 : 0);
    const owner = isRoot ? { uid: nobody, gid: nobody } : {};
    const looks = await new Child("looks.ts", { path }, owner).success();
    chmodSync(folder, 0o700);
    expect(looks).toEqual(
      ["get", "has", "size", "ids", "verify", "repair"].map((look) => `${look} ERR_STORE`),
    );
  });

  test("that SQLite cannot open for reading alone is a coded error for verify as well", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "c.sqlite");
    await storeAt(path);
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    const owner = isRoot ? { uid: nobody, gid: nobody } : {};
    const looks = await new Child("looks.ts", { path }, owner).success();
    chmodSync(folder, 0o700);
    expect(looks).toContain("verify ERR_STORE");
    expect(looks).toContain("repair ERR_STORE");
  });

  test("that is no database is a reported miss for reads, refuses writes, and remains", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    writeFileSync(path, "no database at all ".repeat(1000));
    const before = readFileSync(path);
    await using backend = sqlite({ path });
    const errors: unknown[] = [];
    const mapping = backend.open<string, number>("id", { onError: (error) => errors.push(error) });
    expect(await mapping.get("key")).toBeUndefined();
    expect(await mapping.has("key")).toBe(false);
    expect(errors).toMatchObject([{ code: "ERR_DAMAGED" }, { code: "ERR_DAMAGED" }]);
    await expect(mapping.set("key", 1)).rejects.toMatchObject({ code: "ERR_DAMAGED" });
    await expect(mapping.clear()).rejects.toMatchObject({ code: "ERR_DAMAGED" });
    expect(readFileSync(path)).toEqual(before);
  });

  test("that another program made is left alone", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE entry (a); PRAGMA user_version = 7");
    db.close();
    await using backend = sqlite({ path });
    const refused = { code: "ERR_STORE", message: expect.stringContaining("another program") };
    await expect(backend.open("id").get(1)).rejects.toMatchObject(refused);
    await expect(backend.open("id").set(1, 1)).rejects.toMatchObject(refused);
  });

  test.each([2, 99, 2 * 0x10001])("that a newer release made is refused: %i", async (version) => {
    const path = join(temporaryFolder(), "c.sqlite");
    await storeAt(path);
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA user_version = ${version}`);
    db.close();
    await using backend = sqlite({ path });
    const refused = { code: "ERR_FORMAT_VERSION", supported: 1 };
    await expect(backend.open("shared").get("key")).rejects.toMatchObject(refused);
    await expect(backend.open("shared").set("key", 1)).rejects.toMatchObject(refused);
  });
});

test("a Node.js without SQLite is told at the import which one has it", () => {
  const script = `
    const { getBuiltinModule } = process;
    process.getBuiltinModule = (id) => (id === "node:sqlite" ? undefined : getBuiltinModule(id));
    await import("@class-cache/sqlite").catch(({ code, message }) => console.log(code, message));
  `;
  const { stdout } = spawnSync(
    process.execPath,
    ["--conditions=@class-cache/source", "--input-type=module", "--eval", script],
    { cwd: import.meta.dirname, encoding: "utf8" },
  );
  expect(stdout).toMatch(/^ERR_UNSUPPORTED_RUNTIME .*22\.13/);
});

test("a copy of a store is a store", async () => {
  const folder = temporaryFolder();
  await storeAt(join(folder, "one"));
  copyFileSync(join(folder, "one"), join(folder, "other"));
  await using backend = sqlite({ path: join(folder, "other") });
  expect(await backend.open("shared").get("key")).toBe(1);
});

import {
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { makeStore } from "../src/new-store.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("a new store", () => {
  test("appears whole, readable by its owner alone, with nothing beside it", () => {
    const path = join(temporaryFolder(), "new", "folder", "c.sqlite");
    makeStore(path);
    const folder = join(path, "..");
    expect(readdirSync(folder)).toEqual([basename(path)]);
    expect(readFileSync(path).toString("latin1")).toContain("CREATE TABLE entry");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("never takes the place of one that another process has made meanwhile", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    makeStore(path, (from, to) => {
      writeFileSync(to, "another's");
      linkSync(from, to);
    });
    expect(readFileSync(path, "utf8")).toBe("another's");
    expect(readdirSync(join(path, ".."))).toEqual([basename(path)]);
  });

  test("is made also where a file cannot have two names", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    makeStore(path, () => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    });
    expect(readdirSync(join(path, ".."))).toEqual([basename(path)]);
    await using backend = sqlite({ path });
    await backend.open("id").set("a", 1);
    expect(await backend.open("id").get("a")).toBe(1);
  });

  test("never takes the place of another's, also where a file cannot have two names", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const refuse = (): never => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    };
    makeStore(path, () => {
      makeStore(path, refuse);
      const db = new DatabaseSync(path);
      db.exec("CREATE TABLE another (a)");
      db.close();
      refuse();
    });
    expect(readFileSync(path).toString("latin1")).toContain("CREATE TABLE another");
    expect(readdirSync(join(path, ".."))).toEqual([basename(path)]);
  });

  test("clears away what was left an hour ago by who died while making it, and nothing else", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "c.sqlite");
    const made = `${path}-new-123-0123abcd`;
    const others = ["api", "api-shm", "1", "123-0123abcd-api", "123-0123abc", "x123-0123abcd"].map(
      (end) => `${path}-new-${end}`,
    );
    for (const name of [...others, made, `${made}-wal`]) {
      writeFileSync(name, "");
      utimesSync(name, new Date(), new Date(Date.now() - 2 * 60 * 60 * 1000));
    }
    const young = `${path}-new-999999999-0123abcd`;
    for (const name of [young, `${young}-wal`]) writeFileSync(name, "");
    await using backend = sqlite({ path });
    await backend.open("id").set("a", 1);
    await backend.close();
    const names = readdirSync(folder).map((name) => join(folder, name));
    expect(new Set(names)).toEqual(new Set([path, ...others, young, `${young}-wal`]));
  });

  test("is made anew where somebody removes it while it is made", () => {
    const path = join(temporaryFolder(), "c.sqlite");
    let tries = 0;
    makeStore(path, (from, to) => {
      tries += 1;
      if (tries === 1) rmSync(from);
      linkSync(from, to);
    });
    expect(readdirSync(join(path, ".."))).toEqual([basename(path)]);
    expect(() => {
      makeStore(`${path}-2`, (from, to) => {
        rmSync(from);
        linkSync(from, to);
      });
    }).toThrow("ENOENT");
  });

  test("has nothing of the log of one whose database was removed", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const copy = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    await backend.open("id").set("old", 1);
    for (const end of ["-wal", "-shm"]) writeFileSync(copy + end, readFileSync(path + end));
    await using another = sqlite({ path: copy });
    await another.open("id").set("new", 1);
    const keys: unknown[] = [];
    for await (const key of another.open("id").keys()) keys.push(key);
    expect(keys).toEqual(["new"]);
  });

  test("that cannot be made is an error of the write, and leaves nothing", async () => {
    const folder = temporaryFolder();
    await using backend = sqlite({ path: join(folder, "file", "c.sqlite") });
    writeFileSync(join(folder, "file"), "in the way");
    await expect(backend.open("id").set("a", 1)).rejects.toMatchObject({ code: "ERR_STORE" });
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});

import { linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
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

  test("clears away what the dead have left of making it, and nothing of the living", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "c.sqlite");
    const ofLiving = `${path}-new-${process.ppid}-0123abcd`;
    for (const name of [ofLiving, `${path}-new-999999999-0123abcd`]) {
      writeFileSync(name, "");
      writeFileSync(`${name}-wal`, "");
    }
    await using backend = sqlite({ path });
    await backend.open("id").set("a", 1);
    await backend.close();
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([
      path,
      ofLiving,
      `${ofLiving}-wal`,
    ]);
  });

  test("that cannot be made is an error of the write, and leaves nothing", async () => {
    const folder = temporaryFolder();
    await using backend = sqlite({ path: join(folder, "file", "c.sqlite") });
    writeFileSync(join(folder, "file"), "in the way");
    await expect(backend.open("id").set("a", 1)).rejects.toMatchObject({ code: "ERR_STORE" });
    expect(readdirSync(folder)).toEqual(["file"]);
  });
});

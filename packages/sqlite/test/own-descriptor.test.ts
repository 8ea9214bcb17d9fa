import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "@jest/globals";
import { verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { makeStore } from "../src/new-store.ts";
import { whileClosed, withDescriptor } from "../src/own-descriptor.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const isLinux = process.platform === "linux";

/** The locks that this process has on a store's files. */
function locksOn(path: string): string[] {
  const inodes = [path, `${path}-shm`].map((file) => String(statSync(file, { bigint: true }).ino));
  const locks = readFileSync("/proc/locks", "latin1").split("\n");
  return locks
    .filter((lock) => lock.includes(` ${process.pid} `))
    .filter((lock) => inodes.some((ino) => lock.includes(`:${ino} `)))
    .map((lock) => lock.slice(lock.indexOf(":") + 1));
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;

(isLinux ? describe : describe.skip)("a descriptor of our own on a database", () => {
  test("ends none of the locks that SQLite has in this process", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    await using other = sqlite({ path });
    await backend.open("a mapping").set("a", 1);
    const locks = locksOn(path);
    expect(locks.length).toBeGreaterThan(1);
    for (let round = 0; round < 3; round += 1) {
      expect(withDescriptor(path, () => "done")).toBe("done");
      expect(whileClosed(path, 0, () => "done")).toBeUndefined();
      await verify(backend);
      await other.open("a mapping").get("a");
      expect(locksOn(path)).toEqual(expect.arrayContaining(locks));
    }
  });

  test("is one a file, however often it is needed while others have that open", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    await backend.open("a mapping").set("a", 1);
    withDescriptor(path, () => {});
    const before = openFiles();
    for (let round = 0; round < 20; round += 1) withDescriptor(path, () => {});
    expect(openFiles()).toBe(before);
    await backend.close();
    withDescriptor(path, () => {});
    expect(openFiles()).toBeLessThan(before);
  });

  test("keeps others from opening a database that nobody has open, who then go on", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    await backend.open("a mapping").set("a", 1);
    await backend.close();
    await using again = sqlite({ path });
    let found: unknown;
    const looked = whileClosed(path, 0, () => {
      found = again.open("a mapping").get("a");
      return "looked";
    });
    expect(looked).toBe("looked");
    expect(await found).toBe(1);
    expect(locksOn(path).length).toBeGreaterThan(1);
  });

  test("is told from SQLite's: who looks as well is waited for", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    await backend.open("a mapping").set("a", 1);
    await backend.close();
    whileClosed(path, 0, () => {
      expect(() => whileClosed(path, 3, () => "done")).toThrow("locked");
    });
    expect(whileClosed(path, 0, () => "done")).toBe("done");
  });

  test("says nothing of a database that has taken the place of the one that was opened", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    makeStore(path);
    await using backend = sqlite({ path });
    await backend.open("a mapping").set("a", 1);
    // It is kept, and has no lock.
    withDescriptor(path, () => {});
    renameSync(path, `${path}-moved`);
    await using another = sqlite({ path });
    for (const end of ["-wal", "-shm"]) rmSync(path + end);
    await another.open("a mapping").set("a", 2);
    expect(whileClosed(path, 0, () => "done")).toBeUndefined();
    expect(await another.open("a mapping").get("a")).toBe(2);
  });

  test("is closed to no thread's harm: those that open a store which a killed process left keep their locks", async () => {
    const folder = temporaryFolder();
    const source = join(folder, "source.sqlite");
    const entries = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`key ${n}`, "value"]));
    const writer = new Child("killed-writer.ts", { path: source, entries, copies: false });
    await writer.line("written");
    await writer.kill();
    const ends = ["", "-wal", "-shm", "-boot"];
    const files = ends.map((end): [string, Buffer] => [end, readFileSync(source + end)]);
    const workers = Array.from({ length: 3 }, () => {
      return new Worker(new URL("processes/opening-thread.ts", import.meta.url), {
        execArgv: ["--conditions=@class-cache/source"],
      });
    });
    const answers = (): Promise<unknown[]> =>
      Promise.all(workers.map((worker) => new Promise((done) => worker.once("message", done))));
    const all = (message: string): Promise<unknown[]> => {
      const all = answers();
      for (const worker of workers) worker.postMessage(message);
      return all;
    };
    try {
      await answers();
      for (let round = 0; round < 20; round += 1) {
        const path = join(folder, `${round}.sqlite`);
        for (const [end, bytes] of files) writeFileSync(path + end, bytes);
        const told = all(path);
        await using backend = sqlite({ path });
        expect(await backend.open("a mapping").get("key 1")).toBe("value");
        expect(await told).toEqual(["value", "value", "value"]);
        await backend.close();
        expect(locksOn(path).length).toBeGreaterThan(1);
        await all("close");
      }
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  });
});

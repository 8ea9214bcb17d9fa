import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { Child } from "./child.ts";
import { openFiles } from "./database-holders.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("leases among processes", () => {
  test("exclude each other, and the death of the holder frees them", async () => {
    const dir = temporaryFolder();
    const holder = new Child("hold.ts", { dir, name: "name" });
    await holder.line("holds");
    await using backend = level({ dir });
    await (await backend.lease("another")).release();
    let granted = false;
    const waiting = backend.lease("name").then((lease) => {
      granted = true;
      return lease;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(granted).toBe(false);
    const killed = performance.now();
    await holder.kill();
    await (await waiting).release();
    expect(performance.now() - killed).toBeLessThan(2000);
  });
});

describe("a process that uses a store", () => {
  test("ends by itself though it did not close it, be it owner or guest", async () => {
    const dir = temporaryFolder();
    expect(await new Child("leave.ts", { dir }).success()).toEqual(["done"]);
    await using backend = level({ dir });
    const mapping = backend.open<string, number>("m");
    expect(await mapping.get("key")).toBe(1);
    expect(await new Child("leave.ts", { dir }).success()).toEqual(["done"]);
    expect(await mapping.get("key")).toBe(2);
  });

  test("leaves no descriptor open when it closes it", async () => {
    const dir = temporaryFolder();
    const use = async (): Promise<void> => {
      await using owner = level({ dir });
      await owner.open("m").set("key", 1);
      await using guest = level({ dir });
      expect(await guest.open("m").get("key")).toBe(1);
      await (await guest.lease("name")).release();
    };
    await use();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = openFiles("self").length;
    for (let round = 0; round < 20; round += 1) await use();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(openFiles("self").length).toBeLessThanOrEqual(before);
    expect(openFiles("self").filter((path) => path.startsWith(dir))).toEqual([]);
  });

  test("finishes what is under way when it is closed", async () => {
    const dir = temporaryFolder();
    const owner = level({ dir });
    const guest = level({ dir });
    await owner.open("m").set("first", 0);
    await guest.open("m").get("first");
    const mappings = [owner, guest].map((backend) => backend.open<string, number>("m"));
    const writes = mappings.flatMap((mapping, number) =>
      Array.from({ length: 50 }, (_, key) => mapping.set(`${number} ${key}`, key)),
    );
    await Promise.all([guest.close(), owner.close(), ...writes]);
    await using later = level({ dir });
    expect(await later.open("m").size()).toBe(101);
  });

  test("may use two stores at once", async () => {
    await using one = level({ dir: temporaryFolder() });
    await using other = level({ dir: temporaryFolder() });
    await one.open("m").set("key", 1);
    expect(await other.open("m").has("key")).toBe(false);
  });

  test("refuses a write that is too large to be sent", async () => {
    await using backend = level({ dir: temporaryFolder() });
    const value = Buffer.alloc(257 * 1024 * 1024);
    const refused = backend.open("m").set("key", value);
    await expect(refused).rejects.toMatchObject({ code: "ERR_STORE" });
  });
});

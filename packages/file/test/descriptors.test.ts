import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { notedLength } from "../src/block-file.ts";
import { FileBlockBackend } from "../src/file-blocks.ts";
import { FaultyCalls } from "./failing-calls/faulty-calls.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const LARGE = "large".repeat(2000);

describe("the files of a mapping", () => {
  test("are closed with its last handle, and opened again for the next", async () => {
    const faulty = new FaultyCalls();
    await using backend = new FileBlockBackend({ dir: temporaryFolder() }, faulty.calls);
    for (const round of [1, 2]) {
      for (let id = 0; id < 20; id += 1) {
        await using mapping = backend.open<string, string>(`${id}`);
        if (round === 2) expect(await mapping.get("large")).toBe(`${LARGE} 1`);
        for (const value of ["first", "second"]) await mapping.set("small", value);
        await mapping.set("large", `${LARGE} ${round}`);
        expect(await mapping.get("large")).toBe(`${LARGE} ${round}`);
      }
      // The one is for locks.
      expect(faulty.open.size).toBeLessThanOrEqual(1);
    }
    const segments = filesIn(backend.dir).filter((path) => path.endsWith(".segment"));
    expect(segments).toHaveLength(20);
  });

  test("stay open for another handle", async () => {
    const faulty = new FaultyCalls();
    await using backend = new FileBlockBackend({ dir: temporaryFolder() }, faulty.calls);
    const kept = backend.open("id");
    const closed = backend.open("id");
    await kept.set("key", LARGE);
    await kept.get("key");
    const underWay = kept.set("huge", LARGE.repeat(100));
    for (let again = 0; again < 2; again += 1) await closed.close();
    await underWay;
    const { size } = faulty.open;
    expect(size).toBeGreaterThan(2);
    expect(await kept.get("key")).toBe(LARGE);
    await kept.close();
    expect(faulty.open.size).toBeLessThan(size);
  });

  test("are closed once what is under way has ended", async () => {
    const faulty = new FaultyCalls();
    const dir = temporaryFolder();
    await using backend = new FileBlockBackend({ dir, durability: "sync" }, faulty.calls);
    const mapping = backend.open<string, string>("id");
    await mapping.set("before", "v");
    const writes = ["small", LARGE, LARGE.repeat(100)].map((value) => mapping.set(value, value));
    await mapping.close();
    expect(faulty.open.size).toBeLessThanOrEqual(1);
    await Promise.all(writes);
    await using again = backend.open<string, string>("id");
    expect(await again.get("small")).toBe("small");
    expect(await again.size()).toBe(4);
  });

  test("are left with all that was owed to them", async () => {
    const dir = temporaryFolder();
    await using backend = new FileBlockBackend({ dir });
    const mapping = backend.open("id");
    await mapping.set("key", "first");
    const block = filesIn(dir).find((path) => path.endsWith(".block"))!;
    const salt = Number.parseInt(basename(dirname(block)).slice(-8), 16);
    await new Promise((resolve) => setImmediate(resolve));
    await mapping.set("key", "second");
    const { length } = readFileSync(block);
    expect(notedLength(readFileSync(block), salt)).toBeLessThan(length);
    await mapping.close();
    expect(notedLength(readFileSync(block), salt)).toBe(length);
  });

  test("are not all open at once where there are many mappings", async () => {
    const faulty = new FaultyCalls();
    await using backend = new FileBlockBackend({ dir: temporaryFolder() }, faulty.calls);
    const mappings = Array.from({ length: 600 }, (_, id) => backend.open<string, number>(`${id}`));
    for (const [id, mapping] of mappings.entries()) await mapping.set("key", id);
    expect(faulty.open.size).toBeLessThan(900);
    for (const [id, mapping] of mappings.entries()) expect(await mapping.get("key")).toBe(id);
    expect(faulty.open.size).toBeLessThan(900);
  });
});

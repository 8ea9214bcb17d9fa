import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { repair, verify } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import { lockFile } from "@class-cache/mapping/disk";
import { newAddress, publishAddress } from "../src/address.ts";
import type { Owner } from "../src/owner.ts";
import { Server } from "../src/server.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Asks for an entry as the guest of an owner. @returns the error that this comes to */
async function refusalOf(owner: Partial<Owner>, timeout: number): Promise<unknown> {
  const dir = temporaryFolder();
  const lock = lockFile(join(dir, "owner.lock"))!;
  const address = newAddress(dir);
  const server = await Server.listen({ onRetire() {}, leave() {}, ...owner } as Owner, address);
  publishAddress(dir, address);
  try {
    await using backend = level({ dir, timeout });
    return await backend
      .open("m")
      .getMany(["key"])
      .catch((error: unknown) => error);
  } finally {
    await server.close();
    closeSync(lock);
  }
}

test("an owner that answers nobody who comes is given up after the timeout", async () => {
  const error = await refusalOf({ isInPlace: false }, 400);
  const message = expect.stringContaining("has not answered");
  expect(error).toMatchObject({ code: "ERR_STORE", message });
});

test("what is too large to be answered to a guest is refused at once", async () => {
  const record = Buffer.alloc(8 * 1024 * 1024);
  const records = (): Buffer[] => Array.from({ length: 65 }, () => record);
  const error = await refusalOf({ isInPlace: true, records }, 30_000);
  const message = expect.stringContaining("too large an answer");
  expect(error).toMatchObject({ code: "ERR_STORE", message });
});

describe("while the owner of the database is stopped", () => {
  test("operations fail after the timeout, and work again when it goes on", async () => {
    const dir = temporaryFolder();
    const owner = new Child("own.ts", { dirs: [dir] });
    await owner.line("owns");
    await using backend = level({ dir, timeout: 400 });
    const mapping = backend.open<string, number>("shared");
    await mapping.set("key", 1);
    owner.signal("SIGSTOP");
    const start = performance.now();
    const outcomes = await Promise.allSettled([mapping.get("key"), mapping.set("key", 2)]);
    expect(performance.now() - start).toBeGreaterThan(350);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const refused = { code: "ERR_STORE", message: expect.stringContaining("has not answered") };
    expect(outcomes).toMatchObject([{ reason: refused }, { reason: refused }]);
    // What is asked anew waits for a new connection, and is answered no better.
    await expect(mapping.size()).rejects.toMatchObject(refused);
    owner.signal("SIGCONT");
    await mapping.set("key", 3);
    expect(await mapping.get("key")).toBe(3);
  });

  test("verify and repair fail as well, and have nothing made anew", async () => {
    const dir = temporaryFolder();
    const owner = new Child("own.ts", { dirs: [dir] });
    await owner.line("owns");
    await using backend = level({ dir, timeout: 400 });
    await backend.open("shared").set("key", 1);
    owner.signal("SIGSTOP");
    const refused = { code: "ERR_STORE", message: expect.stringContaining("has not answered") };
    for (const inspect of [verify, repair, verify]) {
      await expect(inspect(backend)).rejects.toMatchObject(refused);
    }
    owner.signal("SIGCONT");
    expect(existsSync(join(dir, "repair-wanted"))).toBe(false);
    expect(await verify(backend)).toMatchObject({ entries: 1, damages: [] });
    expect(await repair(backend)).toMatchObject({ entries: 1, damages: [], left: [] });
  });

  test("a timeout is checked", () => {
    for (const timeout of [0, NaN, 300_001, "5" as never]) {
      expect(() => level({ timeout })).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
    }
    expect(() => level({ dir: "" })).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
  });
});

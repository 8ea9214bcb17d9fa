import { createConnection } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Asks a follower to act, and waits for its answer. */
async function follow(
  path: string,
  socket: string,
): Promise<(...order: unknown[]) => Promise<unknown>> {
  await new Child("follower.ts", { path, socket }).line("ready");
  const connection = createConnection(socket);
  const answers: ((line: string) => void)[] = [];
  createInterface(connection).on("line", (line) => answers.shift()?.(line));
  return (...order) =>
    new Promise((resolve) => {
      answers.push((line) => resolve(JSON.parse(line)));
      connection.write(`${JSON.stringify(order)}\n`);
    });
}

describe("many processes on one store", () => {
  test("16 processes that write 32 keys each leave 512", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const children = Array.from(
      { length: 16 },
      (_, number) => new Child("fill.ts", { path, number, keys: 32 }),
    );
    await Promise.all(children.map((child) => child.success()));
    await using backend = sqlite({ path });
    const mapping = backend.open<[number, number], unknown>("shared");
    expect(await mapping.size()).toBe(512);
    for (let number = 0; number < 16; number += 1) {
      for (let index = 0; index < 32; index += 1) {
        const expected = { number, index, text: "v".repeat(index * 10) };
        expect(await mapping.get([number, index])).toEqual(expected);
      }
    }
  });

  test("a process sees at its next call what another was acknowledged", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "c.sqlite");
    const other = await follow(path, join(folder, "socket"));
    await using backend = sqlite({ path });
    const mapping = backend.open<string, unknown>("shared");
    expect(await mapping.get("key 0")).toBeUndefined();
    for (let round = 0; round < 150; round += 1) {
      const key = `key ${round % 40}`;
      await other("set", key, round);
      expect(await mapping.get(key)).toBe(round);
      await mapping.set(key, round + 1000);
      expect(await other("get", key)).toBe(round + 1000);
      if (round % 3 === 0) {
        expect(await other("delete", key)).toBe(true);
        expect(await mapping.has(key)).toBe(false);
        expect(await mapping.delete(key)).toBe(false);
      }
      if (round % 25 === 0) {
        await (round % 50 === 0 ? other("clear") : mapping.clear());
        expect(await mapping.size()).toBe(0);
        expect(await other("size")).toBe(0);
      }
      if (round % 40 === 0) {
        await mapping.set(key, round);
        expect(await other("drop")).toBe(true);
        expect(await mapping.get(key)).toBeUndefined();
        expect(await backend.drop("shared")).toBe(false);
        await other("set", key, "anew");
        expect(await mapping.get(key)).toBe("anew");
      }
    }
    expect(await other("size")).toBe(await mapping.size());
  });

  test("every write that was acknowledged before a kill is there, and bulk writes are whole", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    for (let round = 0; round < 3; round += 1) {
      const children = [0, 1, 2].map(
        (number) => new Child("writer.ts", { path, number: round * 10 + number }),
      );
      await Promise.all(
        children.map((child, number) => child.line(`one ${round * 10 + number} 9`)),
      );
      await sleep(50);
      await Promise.all(children.map((child) => child.kill()));
      await using backend = sqlite({ path });
      const mapping = backend.open<string, string>("shared");
      for (const line of children.flatMap((child) => child.lines)) {
        const [kind, ...key] = line.split(" ");
        const index = Number(key[1]);
        if (kind === "one") {
          expect(await mapping.get(key.join(" "))).toBe("v".repeat((index % 7) * 1000));
        } else {
          const keys = [0, 1, 2, 3].map((part) => `${key.join(" ")} ${part}`);
          expect((await mapping.getMany(keys)).map((value) => value?.length)).toEqual([
            0, 3000, 6000, 9000,
          ]);
        }
      }
      let parts = 0;
      for await (const key of mapping.keys()) if (key.split(" ").length === 3) parts += 1;
      expect(parts % 4).toBe(0);
    }
  });

  test("limits hold for all processes together", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const maxEntries = 200;
    const children = [0, 1, 2, 3].map(
      (number) => new Child("limited.ts", { path, number, maxEntries, writes: 200 }),
    );
    const said = await Promise.all(children.map((child) => child.success()));
    for (const [most] of said) expect(Number(most)).toBeLessThanOrEqual(maxEntries);
    await using backend = sqlite({ path });
    const size = await backend.open("limited").size();
    expect(size).toBeGreaterThan(maxEntries * 0.95);
    expect(size).toBeLessThanOrEqual(maxEntries);
  });
});

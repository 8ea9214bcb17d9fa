import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { MemoProcess } from "./memo-process.ts";
import { sharedBackends } from "./processes/backend.ts";

const ROUNDS = process.env.CLASS_CACHE_SOAK === "1" ? 100 : 3;
const ITEMS = 30;

describe.each(sharedBackends)("batches of processes that share a backend: %s", (kind) => {
  let folder: string;
  let running: MemoProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "class-cache-batches-"));
  });

  afterEach(async () => {
    await Promise.all(running.map((started) => started.kill()));
    running = [];
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(count: number): Promise<MemoProcess[]> {
    running = await Promise.all(
      Array.from({ length: count }, (_, at) => MemoProcess.started(kind, folder, `p${at}`)),
    );
    return running;
  }

  const said = (all: readonly MemoProcess[], start: string): string[] =>
    all.flatMap((one) => one.computed.filter((what) => what.startsWith(start)));

  test("that overlap in opposite order all come to an end, each item computed once", async () => {
    const all = await start(3);
    for (let round = 0; round < ROUNDS; round += 1) {
      const numbers = Array.from({ length: ITEMS }, (_, at) => round * ITEMS + at);
      const orders = [
        numbers,
        numbers.toReversed(),
        [...numbers.slice(ITEMS / 2), ...numbers.slice(0, ITEMS / 2)],
      ];
      const answers = await Promise.all(
        all.map((one, at) => one.ask("items", orders[at], 10) as Promise<string[]>),
      );
      for (const [at, answer] of answers.entries()) {
        expect(answer.map((text) => Number(text.split(" ")[0]))).toEqual(orders[at]);
      }
      const byItem = answers.map((answer) => answer.toSorted());
      expect(byItem[1]).toEqual(byItem[0]);
      expect(byItem[2]).toEqual(byItem[0]);
    }
    const computed = said(all, "item ");
    expect(computed).toHaveLength(ROUNDS * ITEMS);
    expect(new Set(computed).size).toBe(ROUNDS * ITEMS);
    expect(all.flatMap((one) => one.errors)).toEqual([]);
  }, 120_000);

  test("get what another computes from there", async () => {
    const [one, other] = (await start(2)) as [MemoProcess, MemoProcess];
    const slow = one.ask("items", [1, 2], 300);
    await one.begins("item 2");
    expect(await other.ask("items", [0, 1, 2, 3], 0)).toEqual([
      "0 by p1",
      "1 by p0",
      "2 by p0",
      "3 by p1",
    ]);
    expect(await slow).toEqual(["1 by p0", "2 by p0"]);
  }, 60_000);

  test("compute the rest meanwhile, and what another leaves behind when it is killed", async () => {
    const [doomed, other] = (await start(2)) as [MemoProcess, MemoProcess];
    void doomed.ask("hanging items", [1, 2, 3]).catch(() => undefined);
    await doomed.begins("item 3");
    const answer = other.ask("items", [3, 4, 1], 0);
    await other.begins("item 4");
    expect(other.computed).toEqual(["item 4"]);
    await doomed.kill();
    expect(await answer).toEqual(["3 by p1", "4 by p1", "1 by p1"]);
  }, 60_000);

  test("whose method waits for what waits for one of its items come to an end", async () => {
    const [one, other] = (await start(2)) as [MemoProcess, MemoProcess];
    const answers = Promise.all([one.ask("pair"), other.ask("alone")]);
    await Promise.all([one.begins("pair"), other.begins("alone")]);
    await Promise.all([one.ask("go"), other.ask("go")]);
    expect(await answers).toEqual([[1, 2], 0]);
    const told = [one, other].flatMap(({ errors }) => errors);
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((error) => !error.startsWith("CycleError"))).toEqual([]);
  }, 60_000);
});

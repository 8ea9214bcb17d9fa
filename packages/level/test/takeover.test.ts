import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { Child } from "./child.ts";
import { holders } from "./database-holders.ts";
import type { Operation } from "./history.ts";
import { expectedOwn, operationsIn, staleReads } from "./history.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Of these one may still be starting. */
const WRITERS = 5;
const LANES = 4;

/** Writers that are kept at their number, and all that any of them has told. */
class Writers {
  readonly #dir: string;
  readonly all = new Map<string, Child>();
  readonly living = new Set<Child>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Has all writers started, and all but one of them at work. */
  async fill(): Promise<void> {
    while (this.living.size < WRITERS) {
      const writer = `w${this.all.size}`;
      const child = new Child("writer.ts", { dir: this.#dir, writer, lanes: LANES });
      this.all.set(writer, child);
      this.living.add(child);
    }
    for (const child of Array.from(this.living).slice(0, -1)) await child.line("works");
  }

  /** The one that has the database open. */
  async owner(): Promise<Child> {
    for (;;) {
      const [owner, ...others] = holders(this.#dir, this.living);
      expect(others).toEqual([]);
      if (owner !== undefined) return owner;
      await sleep(2);
    }
  }

  async end(): Promise<Operation[]> {
    for (const child of this.living) await child.line("works");
    for (const child of this.living) child.signal("SIGTERM");
    for (const child of this.living) await child.success();
    return Array.from(this.all).flatMap(([writer, child]) => operationsIn(writer, child.lines));
  }
}

const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

/** When the first of those who live had an answer to something asked after that moment. */
function firstAnswer(operations: readonly Operation[], since: number): number {
  let first = Infinity;
  for (const { begin, end } of operations) if (begin > since) first = Math.min(first, end);
  return first;
}

/** What the writers were told against what the store holds. @returns what is wrong */
async function faults(dir: string, operations: readonly Operation[]): Promise<string[]> {
  // A delete that was made twice for one call would have found nothing.
  const repeated = operations
    .filter(({ action, outcome }) => action === "delete" && outcome === "false")
    .map(({ key }) => `${key} was deleted more than once`);
  await using backend = level({ dir });
  const expected = expectedOwn(operations);
  const keys = [...expected.keys()];
  const found = await backend.open<string, string>("shared").getMany(keys);
  const wrong = keys
    .filter((key, index) => found[index] !== expected.get(key))
    .map((key) => `${key} is not what was acknowledged`);
  return [...staleReads(operations), ...repeated, ...wrong];
}

describe("when the owner of the database ends", () => {
  test("by SIGKILL under load, 20 times, nothing is lost, repeated or late", async () => {
    const dir = temporaryFolder();
    const writers = new Writers(dir);
    const kills: { before: number; after: number }[] = [];
    for (let round = 0; round < 20; round += 1) {
      await writers.fill();
      const owner = await writers.owner();
      const before = clock();
      await owner.kill();
      kills.push({ before, after: clock() });
      writers.living.delete(owner);
      await sleep(250);
    }
    const operations = await writers.end();
    expect(operations.length).toBeGreaterThan(1000);
    expect(await faults(dir, operations)).toEqual([]);
    const delays = kills.map(({ before, after }) => firstAnswer(operations, after) - before);
    delays.sort((a, b) => a - b);
    expect(delays[10]).toBeLessThanOrEqual(250);
  }, 300_000);

  test("by closing under load, another takes over and nothing is lost", async () => {
    const dir = temporaryFolder();
    const writers = new Writers(dir);
    for (let round = 0; round < 5; round += 1) {
      await writers.fill();
      await sleep(100);
      const owner = await writers.owner();
      owner.signal("SIGTERM");
      await owner.success();
      writers.living.delete(owner);
    }
    const operations = await writers.end();
    expect(operations.length).toBeGreaterThan(1000);
    expect(await faults(dir, operations)).toEqual([]);
  }, 300_000);
});

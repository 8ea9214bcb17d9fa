import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Child } from "@class-cache/testkit/processes";
import { MemoProcess } from "./memo-process.ts";
import { openBackend, sharedBackends } from "./processes/backend.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";
const PROCESSES = soak ? 16 : 4;
const KILLS = soak ? 30 : 2;
const COUNT = 30;

const WORKER = new URL("processes/stream-worker.ts", import.meta.url);

const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "class-cache-streams-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(sharedBackends)("processes that read one stream: %s", (kind) => {
  let running: MemoProcess[] = [];

  afterEach(async () => {
    await Promise.all(running.map((started) => started.kill()));
    running = [];
  });

  async function start(name: string): Promise<MemoProcess> {
    const started = await MemoProcess.started(kind, folder, name, WORKER);
    running.push(started);
    return started;
  }

  test("run the method once for all of them", async () => {
    const names = Array.from({ length: PROCESSES }, (_, number) => `p${number}`);
    const all = await Promise.all(names.map(start));
    const answers = await Promise.all(all.map((started) => started.ask("read", "a", COUNT)));
    expect(answers).toEqual(all.map(() => [COUNT, true]));
    expect(all.flatMap((started) => started.computed)).toEqual(["a"]);
    expect(all.flatMap((started) => started.errors)).toEqual([]);
  }, 120_000);

  test("take over when the one that runs it is killed in the middle, and sweep what it has left", async () => {
    const other = await start("other");
    for (let round = 0; round < KILLS; round += 1) {
      const key = `key ${round}`;
      const doomed = await start(`doomed ${round}`);
      void doomed.ask("hang at", key, COUNT, COUNT - 1).catch(() => undefined);
      await doomed.begins(key);
      await later(300);
      const answer = other.ask("read", key, COUNT);
      await later(100);
      expect(other.computed).not.toContain(key);
      await doomed.kill();
      expect(await answer).toEqual([COUNT, true]);
      expect(other.computed).toContain(key);
    }
    // A process sweeps with the first long stream that it records.
    const sweeper = await start("sweeper");
    expect(await sweeper.ask("read", "last", COUNT)).toEqual([COUNT, true]);
    await Promise.all(running.map((started) => started.kill()));
    await using backend = await openBackend(kind, folder);
    const runs = new Set<string>();
    for await (const id of backend.ids()) {
      if (!id.startsWith("~class-cache.chunks.")) continue;
      for await (const key of backend.open<string[], unknown>(id).keys()) {
        runs.add(key[1] as string);
      }
    }
    expect(runs.size).toBe(KILLS + 1);
  }, 300_000);

  test("do not wait for one whose consumer has paused", async () => {
    const [one, other] = [await start("one"), await start("other")];
    await one.ask("pause", "b", COUNT);
    const answer = other.ask("read", "b", COUNT);
    await later(300);
    expect(other.computed).toEqual([]);
    expect(await answer).toEqual([COUNT, true]);
    expect(other.computed).toEqual(["b"]);
    // The paused run goes on as if nothing had happened; the recording stays the other's.
    expect(await one.ask("go on")).toBe(COUNT - 1);
    expect(await one.ask("read", "b", COUNT)).toEqual([COUNT, true]);
    expect([...one.errors, ...other.errors]).toEqual([]);
    expect(one.computed).toEqual(["b"]);
  }, 120_000);

  test("see at their next call that a recording was invalidated", async () => {
    const [one, other] = [await start("one"), await start("other")];
    await one.ask("read", "c", COUNT);
    await other.ask("read", "c", COUNT);
    expect(await one.ask("invalidate", "c", COUNT)).toBe(true);
    expect(await other.ask("read", "c", COUNT)).toEqual([COUNT, true]);
    expect(other.computed).toEqual(["c"]);
  }, 120_000);
});

describe("the memory of a stream", () => {
  test("is bounded, though one consumer stands still while another reads 200 MB", async () => {
    const bytes = 200_000_000;
    const program = new URL("processes/stream-memory.ts", import.meta.url);
    const register = new URL("../../../scripts/register-typescript.mjs", import.meta.url);
    const execArgv = ["--conditions=@class-cache/source", "--expose-gc", "--import", register.href];
    await using child = new Child(program, { folder, bytes }, { execArgv });
    await child.ended;
    const { most, read, runs } = JSON.parse(child.lines.at(-1) ?? "{}") as {
      most: number;
      read: number[];
      runs: number;
    };
    const count = Math.ceil(bytes / (64 * 1024));
    expect(read).toEqual([count, count, count]);
    expect(runs).toBe(1);
    expect(most).toBeLessThan(8_000_000);
  }, 300_000);
});

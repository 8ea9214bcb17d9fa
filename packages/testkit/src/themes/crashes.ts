import { setTimeout as sleep } from "node:timers/promises";
import type { Theme } from "../case.ts";
import type { Call } from "../processes/calls.ts";
import { contradictions } from "../processes/linearizable.ts";
import { machineTime } from "../processes/machine-time.ts";
import { readKeys } from "../processes/read-keys.ts";
import { startWorkers, WorkerProcess } from "../processes/worker-process.ts";
import type { Shares } from "../processes/workload.ts";
import { BULK } from "../processes/workload.ts";
import type { World } from "../world.ts";

const WRITERS = 3;
const LIVES = 3;
const KEYS = 12;

/** What is in a store of which processes were killed at any moment. */
export const crashes: Theme = {
  name: "crashes",
  cases: [
    {
      name: "what was acknowledged before a writer was killed is there, and nothing is torn",
      needs: ["processes"],
      seconds: 60,
      run: (world) => workAndDie(world, "w", { set: 8, get: 4, has: 1, delete: 3 }),
    },
    {
      name: "a writer that is killed amid large values leaves each whole, or as it was before",
      needs: ["processes"],
      seconds: 60,
      run: (world) => workAndDie(world, "large", { set: 5, get: 4, delete: 1 }),
    },
    {
      name: "a clear that is killed brings nothing back and loses nothing that was written after it",
      needs: ["processes"],
      seconds: 60,
      run: (world) => workAndDie(world, "w", { set: 6, clear: 2, get: 1 }),
    },
    {
      name: "a bulk write that is killed has taken effect for all entries or for none",
      needs: ["processes", "atomicBulk"],
      seconds: 60,
      async run(world) {
        const id = world.id("bulks");
        const calls = await die(world, (worker, name) => worker.ask("writeBulks", id, name));
        const mapping = world.sharedBackend().open<string, unknown>(id);
        const parts = new Map<string, number>();
        for await (const key of mapping.keys()) {
          const bulk = key.slice(0, key.lastIndexOf(" "));
          parts.set(bulk, (parts.get(bulk) ?? 0) + 1);
        }
        const partial = Array.from(parts).filter(([, count]) => count !== BULK);
        world.check.equal(partial, []);
        for (const { key, end } of calls) {
          const isThere = parts.has(key.slice(0, key.lastIndexOf(" ")));
          world.check.ok(isThere || end === Infinity, `${key} was acknowledged and is missing`);
        }
        world.check.ok(parts.size > 0, "something was written");
      },
    },
    {
      name: "processes that are killed while they open a new store leave one that works",
      needs: ["processes"],
      seconds: 60,
      async run(world) {
        const id = world.id("opened");
        for (let round = 0; round < 3 * world.effort; round += 1) {
          const workers = startWorkers(world, 3);
          await Promise.all(workers.map((worker) => worker.ask("ready")));
          const opened = workers.map((worker) => worker.ask("fill", id, round, 3));
          await Promise.race(opened);
          await sleep(round);
          await Promise.all(workers.map((worker) => worker.kill()));
        }
        await takesWrites(world, id);
      },
    },
  ],
};

/** Writers live and die one after the other, some at a time; then every key is read. */
async function workAndDie(world: World, prefix: string, shares: Shares): Promise<void> {
  const id = world.id("worked on");
  const calls = await die(world, (worker, number) =>
    worker.ask("work", { id, writer: `${prefix}${number}`, seed: number, keys: KEYS, shares }),
  );
  const begun = machineTime();
  calls.push(...(await readKeys(world.sharedBackend(), id, KEYS)));
  world.check.equal(contradictions(calls), []);
  const acknowledged = calls.filter(({ end }) => end < begun).length;
  world.check.ok(acknowledged > WRITERS * LIVES, `${acknowledged} calls were acknowledged`);
  await takesWrites(world, id);
}

/** Kills each worker while it acts. @returns what all of them called */
async function die(
  world: World,
  act: (worker: WorkerProcess, number: number) => Promise<void>,
): Promise<Call[]> {
  let isOver = false;
  const slots = Array.from({ length: WRITERS }, async (_, writer) => {
    const called: Call[] = [];
    for (let life = 0; life < LIVES * world.effort && !isOver; life += 1) {
      const worker = new WorkerProcess(world);
      const acting = act(worker, life * WRITERS + writer + 1);
      const enough = 20 + Math.random() * 60;
      while (worker.told < enough) await Promise.race([acting, sleep(2)]);
      await sleep(Math.random() * 4);
      await worker.kill();
      called.push(...worker.calls());
    }
    return called;
  });
  try {
    return (await Promise.all(slots)).flat();
  } finally {
    // When one of them fails, no life begins after the case.
    isOver = true;
    await Promise.allSettled(slots);
  }
}

/** A store that was left by a death works on. */
export async function takesWrites(world: World, id: string): Promise<void> {
  const mapping = world.sharedBackend().open<string, unknown>(id);
  await mapping.set("one more", "value");
  world.check.equal(await mapping.get("one more"), "value");
  world.check.equal(await mapping.delete("one more"), true);
  await mapping.clear();
  world.check.equal(await mapping.size(), 0);
}

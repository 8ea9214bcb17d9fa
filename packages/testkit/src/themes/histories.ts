import type { Theme } from "../case.ts";
import { contradictions } from "../processes/linearizable.ts";
import { readKeys } from "../processes/read-keys.ts";
import { startWorkers } from "../processes/worker-process.ts";
import type { Shares } from "../processes/workload.ts";
import type { World } from "../world.ts";

const KEYS = 8;

/** What many processes that work on the same keys at once are answered. */
export const histories: Theme = {
  name: "histories",
  cases: [
    {
      name: "reads, writes and deletes of many processes are as if made one after the other",
      needs: ["processes"],
      seconds: 60,
      run: (world) => workTogether(world, { set: 5, get: 5, has: 2, delete: 2 }),
    },
    {
      name: "no clear loses what is written after it, or brings back what was there before",
      needs: ["processes"],
      seconds: 60,
      run: (world) => workTogether(world, { set: 6, get: 5, delete: 1, clear: 1 }),
    },
    {
      name: "bulk writes of many processes lose and mix up nothing",
      needs: ["processes"],
      seconds: 60,
      run: (world) => workTogether(world, { setMany: 3, get: 5, has: 1, delete: 1 }),
    },
    {
      name: "setDefault gives all processes one value",
      needs: ["processes"],
      seconds: 60,
      run: (world) => workTogether(world, { setDefault: 6, delete: 2, get: 2 }),
    },
    {
      name: "a number that processes count up under a lease loses none",
      needs: ["processes"],
      seconds: 60,
      async run(world) {
        const id = world.id("counted");
        const times = 25 * world.effort;
        const workers = startWorkers(world, 4);
        await Promise.all(workers.map((worker) => worker.ask("ready")));
        await Promise.all(
          workers.map((worker) => worker.ask("count", id, world.id("counter"), times)),
        );
        world.check.equal(await world.sharedBackend().open(id).get("count"), 4 * times);
      },
    },
  ],
};

/** 4 processes work on the same few keys; afterwards another reads what is left. */
async function workTogether(world: World, shares: Shares): Promise<void> {
  const id = world.id("worked on");
  const workers = startWorkers(world, 4);
  await Promise.all(workers.map((worker) => worker.ask("size", id)));
  await Promise.all(
    workers.map((worker, number) => {
      const operations = 150 * world.effort;
      const load = { id, writer: `w${number}`, seed: number + 1, keys: KEYS, shares, operations };
      return worker.ask("work", { ...load, lanes: 1 + (number % 2) });
    }),
  );
  const calls = workers.flatMap((worker) => worker.calls());
  await Promise.all(workers.map((worker) => worker.close()));
  calls.push(...(await readKeys(world.sharedBackend(), id, KEYS)));
  world.check.equal(contradictions(calls), []);
}

import type { Theme } from "../case.ts";
import { samplesOf } from "../processes/samples.ts";
import type { Sample } from "../processes/samples.ts";
import { startWorkers, WorkerProcess } from "../processes/worker-process.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

/** What processes that use one store see of each other. */
export const processes: Theme = {
  name: "processes",
  cases: [
    {
      name: "entries with every kind of key are read in another process",
      needs: ["processes"],
      run: (world) => exchange(world, "keys"),
    },
    {
      name: "every kind of plain value is read in another process",
      needs: ["processes"],
      run: (world) => exchange(world, "plain values"),
    },
    {
      name: "every kind of rich value is read in another process",
      needs: ["processes", "richValues"],
      run: (world) => exchange(world, "rich values"),
    },
    {
      name: "what an entry cost and when it expires is known in another process, where it expires too",
      needs: ["processes"],
      async run(world) {
        const { check } = world;
        const id = world.id("lives");
        const mapping = world.sharedBackend().open(id);
        const worker = new WorkerProcess(world);
        const later = Date.now() + 1_000_000;
        await worker.ask("set", id, "dear", 1, { cost: 12.5, expiresAt: later });
        await worker.ask("set", id, "past", 1, { expiresAt: Date.now() - 1 });
        const entry = await mapping.lookup("dear");
        check.equal([entry?.cost, entry?.expiresAt], [12.5, later]);
        check.equal(await mapping.has("past"), false);
        const soon = Date.now() + 300;
        await mapping.set("brief", 1, { expiresAt: soon, cost: 3 });
        const life = await worker.ask("lifeOf", id, "brief");
        check.ok(
          Date.now() >= soon || (life?.[0] === 3 && life[1] === soon),
          `a worker found ${JSON.stringify(life)}`,
        );
        while (Date.now() <= soon) await new Promise((resolve) => setTimeout(resolve, 50));
        check.equal(await worker.ask("lifeOf", id, "brief"), null);
        check.equal(await worker.ask("size", id), 1);
      },
    },
    {
      name: "6 processes that open a new store at once all work",
      needs: ["processes"],
      seconds: 60,
      async run(world) {
        const id = world.id("new");
        const workers = startWorkers(world, 6);
        await Promise.all(workers.map((worker) => worker.ask("ready")));
        await Promise.all(workers.map((worker, number) => worker.ask("fill", id, number, 5)));
        for (const worker of workers) world.check.equal(await worker.ask("size", id), 30);
      },
    },
    {
      name: "16 processes that write 32 keys each leave 512",
      needs: ["processes"],
      seconds: 120,
      async run(world) {
        const id = world.id("filled");
        const workers = startWorkers(world, 16);
        await Promise.all(workers.map((worker, number) => worker.ask("fill", id, number, 32)));
        await Promise.all(workers.map((worker) => worker.close()));
        const mapping = world.sharedBackend().open<[number, number], string>(id);
        world.check.equal(await mapping.size(), 512);
        const found = new Map<string, string>();
        for await (const [[number, index], value] of mapping)
          found.set(`${number}.${index}`, value);
        world.check.equal(found.size, 512);
        for (let number = 0; number < 16; number += 1) {
          for (let index = 0; index < 32; index += 1) {
            const expected = `${number}.${index} `.repeat(index * 10);
            world.check.equal(found.get(`${number}.${index}`), expected);
            world.check.equal(await mapping.get([number, index]), expected);
          }
        }
      },
    },
    {
      name: "a process sees at its next call what another set or deleted",
      needs: ["processes"],
      async run(world) {
        const { check } = world;
        const id = world.id("seen");
        const mapping = world.sharedBackend().open<string, unknown>(id);
        const other = new WorkerProcess(world);
        check.equal(await mapping.get("key 0"), undefined);
        for (let round = 0; round < 60; round += 1) {
          const key = `key ${round % 10}`;
          const value = round % 20 === 7 ? "v".repeat(40_000 + round) : round;
          await other.ask("set", id, key, value);
          check.equal(await mapping.get(key), value);
          await mapping.set(key, -round - 1);
          check.equal(await other.ask("get", id, key), -round - 1);
          if (round % 3 !== 0) continue;
          check.equal(await other.ask("delete", id, key), true);
          check.equal([await mapping.has(key), await mapping.delete(key)], [false, false]);
        }
        check.equal(await other.ask("size", id), await mapping.size());
      },
    },
    {
      name: "a process sees at its next call that another cleared or dropped a mapping",
      needs: ["processes"],
      async run(world) {
        const { check } = world;
        const id = world.id("emptied");
        const backend = world.sharedBackend();
        const mapping = backend.open<string, unknown>(id);
        const other = new WorkerProcess(world);
        for (let round = 0; round < 12; round += 1) {
          for (const key of ["a", "b", "c"]) await mapping.set(key, round);
          check.equal(await other.ask("size", id), 3);
          if (round % 3 === 0) await other.ask("clear", id);
          else if (round % 3 === 1) check.equal(await other.ask("drop", id), true);
          else check.equal(await backend.drop(id), true);
          check.equal([await mapping.size(), await other.ask("size", id)], [0, 0]);
          check.equal([await mapping.get("a"), await other.ask("get", id, "b")], [undefined, null]);
          if (round % 3 === 1) check.equal(await backend.drop(id), false);
          await other.ask("set", id, "a", `anew ${round}`);
          check.equal(await mapping.get("a"), `anew ${round}`);
        }
        check.ok((await all(backend.ids())).includes(id), "ids() has the mapping");
      },
    },
    {
      name: "an iteration is stable while other processes write, delete and add",
      needs: ["processes"],
      async run(world) {
        const id = world.id("walked");
        const mapping = world.sharedBackend().open<string, unknown>(id);
        const steady = Array.from({ length: 100 }, (_, number) => `steady ${number}`);
        for (const key of steady) await mapping.set(key, key);
        const shares = { set: 6, delete: 3, setMany: 1 };
        const workers = startWorkers(world, 2);
        const works = workers.map((worker, number) =>
          worker.ask("work", { id, writer: `w${number}`, seed: number, keys: 100, shares }),
        );
        while (workers.some(({ told }) => told < 10)) await stir(works);
        for (let round = 0; round < 5; round += 1) {
          const keys = await all(mapping.keys());
          world.check.equal(new Set(keys).size, keys.length, "no key comes twice");
          const found = keys.filter((key) => key.startsWith("steady"));
          world.check.equal(found.length, 100, "none that is there throughout is missed");
        }
        for (const worker of workers) await worker.ask("stop");
        await Promise.all(works);
      },
    },
    {
      name: "limits are those of all processes together",
      needs: ["processes", "options"],
      seconds: 60,
      async run(world) {
        const maxEntries = 100;
        const id = world.id("crowded");
        const workers = startWorkers(world, 3, { maxEntries });
        const largest = await Promise.all(
          workers.map((worker, number) => worker.ask("crowd", id, number, 100)),
        );
        // Each may have written one that nobody has made room for yet.
        const most = maxEntries + workers.length;
        for (const size of largest) {
          world.check.ok(size <= most, `a process saw ${size} entries of at most ${maxEntries}`);
        }
        const size = await world.sharedBackend({ maxEntries }).open(id).size();
        world.check.ok(size <= maxEntries && size > maxEntries / 2, `${size} entries are left`);
      },
    },
  ],
};

/** One process reads what another wrote and closed, in both directions. */
async function exchange(world: World, sample: Sample): Promise<void> {
  const { check } = world;
  const given = world.id("given");
  const backend = world.sharedBackend();
  const mapping = backend.open(given);
  const samples = samplesOf(sample);
  for (const [key, value] of samples) await mapping.set(key, value);
  await backend.close();
  const worker = new WorkerProcess(world);
  check.equal(await worker.ask("wrongSamples", given, sample), []);
  check.equal(await worker.ask("size", given), samples.length);
  const taken = world.id("taken");
  await worker.ask("writeSamples", taken, sample);
  await worker.close();
  const other = world.sharedBackend().open(taken);
  check.equal(await other.size(), samples.length);
  for (const [key, value] of samples) {
    const found = await other.lookup(key);
    check.ok(found !== undefined, "an entry is missing");
    check.equal(found?.value, value);
  }
}

/** Lets some time pass, and fails when a work failed meanwhile. */
async function stir(works: readonly Promise<unknown>[]): Promise<void> {
  const pause = new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.race([pause, Promise.all(works).then(() => pause)]);
}

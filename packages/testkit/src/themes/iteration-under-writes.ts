import type { MutableMapping } from "@class-cache/mapping";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

const COUNT = 300;

const numbers = Array.from({ length: COUNT }, (_, key) => key);

/** From a few bytes to tens of thousands, so that entries lie in a store as differently as can be. */
function valueOf(key: number, mark: string): string {
  return `${key} ${mark} ${"v".repeat(key % 30 === 0 ? 33_000 : (key * 7) % 900)}`;
}

async function filled(world: World): Promise<MutableMapping<number, string>> {
  const mapping = world.mapping<number, string>();
  await mapping.setMany(numbers.map((key) => [key, valueOf(key, "first")]));
  return mapping;
}

/** Checks that no key came twice, and that those of `throughout` all came. */
function checkSeen(world: World, seen: readonly number[], throughout: readonly number[]): void {
  world.check.equal(new Set(seen).size, seen.length, "a key came twice");
  const missed = throughout.filter((key) => !seen.includes(key));
  world.check.equal(missed, [], "keys that were there throughout were missed");
}

/** Iterating is stable under writes: no entry twice, none that was there throughout missed. */
export const iterationUnderWrites: readonly Case[] = [
  {
    name: "entries overwritten during an iteration come once",
    async run(world) {
      const mapping = await filled(world);
      const seen: number[] = [];
      for await (const key of mapping.keys()) {
        seen.push(key);
        await mapping.set(key, valueOf(COUNT - key, "second"));
        await mapping.set((key + 150) % COUNT, valueOf(key, "third"));
      }
      checkSeen(world, seen, numbers);
      world.check.equal(seen.length, COUNT);
    },
  },
  {
    name: "entries added during an iteration make none come twice, and none be missed",
    async run(world) {
      const mapping = await filled(world);
      const seen: number[] = [];
      for await (const key of mapping.keys()) {
        seen.push(key);
        if (key < COUNT) await mapping.set(COUNT + key, valueOf(key, "new"));
      }
      checkSeen(world, seen, numbers);
      world.check.equal(await mapping.size(), 2 * COUNT);
    },
  },
  {
    name: "entries deleted during an iteration make no other be missed",
    async run(world) {
      const mapping = await filled(world);
      const seen: number[] = [];
      for await (const key of mapping.keys()) {
        seen.push(key);
        if (seen.length < COUNT / 4) await mapping.delete(((key + 150) % COUNT) | 1);
      }
      checkSeen(world, seen, await all(mapping.keys()));
      world.check.ok((await mapping.size()) >= COUNT / 2, "entries that were not deleted are gone");
    },
  },
  {
    name: "an iteration that deletes what it is given empties the mapping",
    async run(world) {
      const mapping = await filled(world);
      const seen: number[] = [];
      for await (const key of mapping.keys()) {
        seen.push(key);
        world.check.equal(await mapping.delete(key), true);
      }
      checkSeen(world, seen, numbers);
      world.check.equal(await mapping.size(), 0);
    },
  },
  {
    name: "a mapping cleared during an iteration ends it without an error",
    async run(world) {
      const mapping = await filled(world);
      const seen: number[] = [];
      for await (const [key, value] of mapping) {
        seen.push(key);
        world.check.equal(value, valueOf(key, "first"));
        if (seen.length === 10) await mapping.clear();
      }
      checkSeen(world, seen, []);
      world.check.equal(await mapping.size(), 0);
    },
  },
  {
    name: "an iteration gives with each key a value that it had",
    async run(world) {
      const mapping = await filled(world);
      const seen: number[] = [];
      for await (const [key, value] of mapping) {
        seen.push(key);
        const had = [valueOf(key, "first"), valueOf(key, "second")];
        world.check.ok(had.includes(value), `the value of ${key} is that of another key`);
        const next = (key + 10) % COUNT;
        await mapping.set(next, valueOf(next, "second"));
      }
      checkSeen(world, seen, numbers);
    },
  },
  {
    name: "records are as stable as keys",
    async run(world) {
      const mapping = await filled(world);
      const seen: number[] = [];
      for await (const { key } of mapping.records()) {
        seen.push(key);
        await mapping.set((key + 7) % COUNT, valueOf(key, "second"));
        await mapping.set(COUNT + key, "new");
        if (seen.length > 2 * COUNT) break;
      }
      checkSeen(world, seen, numbers);
    },
  },
  {
    name: "an iteration is stable while another task writes, deletes and clears elsewhere",
    async run(world) {
      const mapping = await filled(world);
      let isOver = false;
      const writer = async (): Promise<void> => {
        for (let round = 0; !isOver; round += 1) {
          const key = COUNT + (round % 50);
          await mapping.set(key, valueOf(round, "noise"));
          if (round % 3 === 0) await mapping.delete(key);
          await mapping.set(round % COUNT, valueOf(round % COUNT, "second"));
          // So that the iteration is never starved by writes that take no turn of the loop.
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const writing = writer();
      try {
        for (let round = 0; round < 3; round += 1) {
          checkSeen(world, await all(mapping.keys()), numbers);
          const entries = await all(mapping.entries());
          checkSeen(
            world,
            entries.map(([key]) => key),
            numbers,
          );
        }
      } finally {
        isOver = true;
        await writing;
      }
    },
  },
];

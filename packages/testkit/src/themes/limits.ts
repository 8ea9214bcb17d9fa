import { randomBytes } from "node:crypto";
import type { MutableMapping } from "@class-cache/mapping";
import type { Theme } from "../case.ts";
import type { World } from "../world.ts";

/** A limit may be passed by this much. */
const TOLERANCE = 1.05;

type Numbered = MutableMapping<number, unknown>;

async function bytesOf(...mappings: readonly Numbered[]): Promise<number> {
  let bytes = 0;
  for (const mapping of mappings) {
    for await (const record of mapping.records()) bytes += record.bytes;
  }
  return bytes;
}

function checkWithin(world: World, found: number, limit: number, what: string): void {
  const most = Math.ceil(limit * TOLERANCE);
  world.check.ok(found <= most, `${found} ${what}, of ${limit} allowed`);
  world.check.ok(found >= limit / 2, `only ${found} ${what} are left, of ${limit} allowed`);
}

function numbered(count: number): [number, number][] {
  return Array.from({ length: count }, (_, key) => [key, key]);
}

function text(size: number): string {
  return randomBytes(Math.ceil(size / 2)).toString("hex");
}

/** What `maxEntries` and `maxBytes` promise. */
export const limits: Theme = {
  name: "limits",
  cases: [
    {
      name: "maxEntries is kept while entries are set, and the newest stay",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxEntries: 50 });
        for (let key = 0; key < 120; key += 1) {
          await world.time.pass(1);
          await mapping.set(key, key);
          if (key % 10 === 9 && key > 50) {
            checkWithin(world, await mapping.size(), 50, "entries");
          }
        }
        world.check.equal(await mapping.getMany([0, 10, 118, 119]), [
          undefined,
          undefined,
          118,
          119,
        ]);
      },
    },
    {
      name: "maxBytes is kept while values of several sizes are set, and the newest stay",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxBytes: 500_000 });
        for (let key = 0; key < 60; key += 1) {
          await world.time.pass(1);
          await mapping.set(key, text(key % 3 === 0 ? 40_000 : 10_000));
        }
        checkWithin(world, await bytesOf(mapping), 500_000, "bytes");
        world.check.equal(await mapping.hasMany([0, 58, 59]), [false, true, true]);
      },
    },
    {
      name: "both limits at once are kept",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxBytes: 100_000, maxEntries: 40 });
        for (let key = 0; key < 80; key += 1) {
          await world.time.pass(1);
          await mapping.set(key, text(10));
        }
        checkWithin(world, await mapping.size(), 40, "entries");
        for (let key = 80; key < 110; key += 1) {
          await world.time.pass(1);
          await mapping.set(key, text(10_000));
        }
        checkWithin(world, await bytesOf(mapping), 100_000, "bytes");
        world.check.equal(await mapping.has(109), true);
      },
    },
    {
      name: "maxEntries holds for all mappings together",
      needs: ["options"],
      async run(world) {
        const backend = world.backend({ maxEntries: 50 });
        const one = backend.open<number, number>(world.id("one"));
        const other = backend.open<number, number>(world.id("other"));
        await one.setMany(numbered(45));
        await world.time.pass(1);
        await other.setMany(numbered(30));
        checkWithin(world, (await one.size()) + (await other.size()), 50, "entries");
        world.check.equal(await other.size(), 30);
      },
    },
    {
      name: "maxBytes holds for all mappings together",
      needs: ["options"],
      async run(world) {
        const backend = world.backend({ maxBytes: 200_000 });
        const one = backend.open<number, string>(world.id("one"));
        const other = backend.open<number, string>(world.id("other"));
        for (let key = 0; key < 40; key += 1) {
          await world.time.pass(1);
          await (key % 2 === 0 ? one : other).set(key, text(10_000));
        }
        checkWithin(world, await bytesOf(one, other), 200_000, "bytes");
        world.check.equal([await one.has(38), await other.has(39)], [true, true]);
      },
    },
    {
      name: "maxEntries is kept when the writes come all at once",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxEntries: 20 });
        await mapping.set(1000, 0);
        await Promise.all(numbered(120).map(([key, value]) => mapping.set(key, value)));
        checkWithin(world, await mapping.size(), 20, "entries");
      },
    },
    {
      name: "maxBytes is kept when the writes come all at once",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxBytes: 100_000 });
        await Promise.all(numbered(100).map(([key]) => mapping.set(key, text(4000))));
        checkWithin(world, await bytesOf(mapping), 100_000, "bytes");
      },
    },
    {
      name: "maxEntries is kept by setMany and setDefault as well",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxEntries: 30 });
        await mapping.setMany(numbered(100));
        checkWithin(world, await mapping.size(), 30, "entries");
        for (let key = 200; key < 260; key += 1) {
          await world.time.pass(1);
          await mapping.setDefault(key, key);
        }
        checkWithin(world, await mapping.size(), 30, "entries");
        world.check.equal(await mapping.has(259), true);
      },
    },
    {
      name: "nothing goes while the limits are kept",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxEntries: 60, maxBytes: 10_000_000 });
        await mapping.setMany(numbered(50));
        world.check.equal(await mapping.size(), 50);
        world.check.equal(new Set(await mapping.hasMany(numbered(50).map(([key]) => key))).size, 1);
      },
    },
    {
      name: "an entry written over and over counts once",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxEntries: 20, maxBytes: 1_000_000 });
        await mapping.setMany(numbered(15));
        for (let round = 0; round < 200; round += 1) {
          await world.time.pass(1);
          await mapping.set(3, text(10_000));
        }
        world.check.equal(await mapping.size(), 15);
        world.check.equal(await mapping.get(0), 0);
      },
    },
    {
      name: "what was deleted or cleared makes room",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxEntries: 40 });
        await mapping.setMany(numbered(40));
        await mapping.deleteMany(numbered(20).map(([key]) => key));
        await world.time.pass(1);
        await mapping.setMany(numbered(10).map(([key]) => [100 + key, key]));
        world.check.equal(await mapping.size(), 30);
        await mapping.clear();
        await mapping.setMany(numbered(35));
        world.check.equal(await mapping.size(), 35);
      },
    },
    {
      name: "a value larger than maxBytes does not stay, and the mapping works on",
      needs: ["options"],
      async run(world) {
        const mapping: Numbered = world.mapping({ maxBytes: 50_000 });
        await mapping.set(1, text(400_000));
        const bytes = await bytesOf(mapping);
        world.check.ok(bytes <= 50_000 * TOLERANCE, `${bytes} bytes, of 50000 allowed`);
        await world.time.pass(1);
        await mapping.set(2, "small");
        world.check.equal(await mapping.get(2), "small");
      },
    },
  ],
};

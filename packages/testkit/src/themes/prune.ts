import type { MutableMapping } from "@class-cache/mapping";
import type { Case, Theme } from "../case.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

const wrong: readonly [string, Record<string, unknown>][] = [
  ["maxBytes below 0", { maxBytes: -1 }],
  ["maxEntries of NaN", { maxEntries: Number.NaN }],
  ["maxAge in words", { maxAge: "1d" }],
];

const refusals = wrong.map(([name, limits]): Case => ({
  name: `refuses ${name}, and removes nothing`,
  async run(world) {
    const mapping = world.mapping();
    await mapping.set("a", 1);
    await world.check.refuses(() => mapping.prune(limits), "ERR_OPTION");
    world.check.equal(await mapping.get("a"), 1);
  },
}));

/** A mapping of ten entries, from the oldest, 0, to the newest, 9, each 10 ms younger. */
async function tenEntries(world: World): Promise<MutableMapping<number, string>> {
  const mapping = world.mapping<number, string>();
  for (let key = 0; key < 10; key += 1) {
    if (key > 0) await world.time.pass(10);
    await mapping.set(key, "v".repeat(1000));
  }
  return mapping;
}

async function keysOf(mapping: MutableMapping<number, string>): Promise<number[]> {
  return (await all(mapping.keys())).toSorted((one, other) => one - other);
}

/** What `prune()` promises. */
export const prune: Theme = {
  name: "prune",
  cases: [
    {
      name: "leaves everything that is live when it has no limits",
      async run(world) {
        const mapping = await tenEntries(world);
        world.check.fields(await mapping.prune(), { removed: 0, expired: 0, entries: 10 });
        world.check.fields(await mapping.prune({}), { removed: 0, expired: 0, entries: 10 });
        world.check.equal(await mapping.size(), 10);
      },
    },
    {
      name: "takes explicit undefined for no limit",
      async run(world) {
        const mapping = await tenEntries(world);
        const limits = { maxAge: undefined, maxBytes: undefined, maxEntries: undefined };
        world.check.fields(await mapping.prune(limits), { removed: 0, entries: 10 });
      },
    },
    {
      name: "removes what has expired, and counts it apart",
      async run(world) {
        const mapping = await tenEntries(world);
        await mapping.set(20, "soon", { expiresAt: world.time.now() + 5 });
        await mapping.set(21, "soon", { expiresAt: world.time.now() + 5 });
        await mapping.set(22, "late", { expiresAt: world.time.now() + 3_600_000 });
        await world.time.pass(10);
        world.check.fields(await mapping.prune(), { removed: 2, expired: 2, entries: 11 });
        world.check.equal(await mapping.hasMany([20, 21, 22]), [false, false, true]);
      },
    },
    {
      name: "removes what is older than maxAge",
      async run(world) {
        const mapping = await tenEntries(world);
        const stored = await mapping.lookup(4);
        const maxAge = world.time.now() - (stored?.storedAt ?? 0);
        await world.time.pass(5);
        const { removed } = await mapping.prune({ maxAge: maxAge + 5 });
        // By the system's clock more time may have passed than was asked for.
        world.check.ok(removed >= 4, `${removed} entries were removed`);
        world.check.equal(await mapping.hasMany([0, 1, 2, 3]), [false, false, false, false]);
        world.check.equal(await mapping.size(), 10 - removed);
      },
    },
    {
      name: "keeps what is not older than maxAge",
      needs: ["options"],
      async run(world) {
        const mapping = await tenEntries(world);
        world.check.fields(await mapping.prune({ maxAge: 50 }), { removed: 4, entries: 6 });
        world.check.equal(await keysOf(mapping), [4, 5, 6, 7, 8, 9]);
      },
    },
    {
      name: "keeps the newest entries within maxEntries",
      async run(world) {
        const mapping = await tenEntries(world);
        world.check.fields(await mapping.prune({ maxEntries: 4 }), { removed: 6, entries: 4 });
        world.check.equal(await keysOf(mapping), [6, 7, 8, 9]);
      },
    },
    {
      name: "keeps the newest entries within maxBytes",
      async run(world) {
        const mapping = await tenEntries(world);
        const [record] = await all(mapping.records());
        const each = record?.bytes ?? 0;
        const report = await mapping.prune({ maxBytes: Math.ceil(each * 3.5) });
        world.check.ok(report.bytes <= each * 3.5, `${report.bytes} bytes are left`);
        world.check.ok(report.entries >= 2, `${report.entries} entries are left`);
        world.check.equal(await mapping.size(), report.entries);
        world.check.equal(await mapping.hasMany([0, 8, 9]), [false, true, true]);
      },
    },
    {
      name: "takes the time of the last write for an entry's age",
      async run(world) {
        const mapping = await tenEntries(world);
        await world.time.pass(10);
        await mapping.set(0, "written anew");
        await mapping.prune({ maxEntries: 2 });
        world.check.equal(await keysOf(mapping), [0, 9]);
      },
    },
    {
      name: "removes everything for limits of 0",
      async run(world) {
        const mapping = await tenEntries(world);
        const nothing = { removed: 10, entries: 0, bytes: 0 };
        world.check.fields(await mapping.prune({ maxEntries: 0 }), nothing);
        world.check.equal(await mapping.size(), 0);
        await mapping.set(1, "again");
        world.check.fields(await mapping.prune({ maxBytes: 0 }), { removed: 1, entries: 0 });
        world.check.equal(await all(mapping), []);
      },
    },
    {
      name: "keeps every limit that is given",
      async run(world) {
        const mapping = await tenEntries(world);
        const limits = { maxEntries: 3, maxBytes: 2 ** 30, maxAge: 2 ** 40 };
        world.check.fields(await mapping.prune(limits), { removed: 7, entries: 3 });
      },
    },
    {
      name: "leaves other mappings alone",
      async run(world) {
        const backend = world.backend();
        const one = backend.open(world.id("one"));
        const other = backend.open(world.id("other"));
        await one.set("a", 1);
        await other.set("a", 1);
        await one.prune({ maxEntries: 0 });
        world.check.equal(await other.get("a"), 1);
      },
    },
    {
      name: "leaves a mapping that reads and writes as before",
      async run(world) {
        const mapping = await tenEntries(world);
        await mapping.prune({ maxEntries: 5 });
        for (let key = 5; key < 10; key += 1) {
          world.check.equal(await mapping.get(key), "v".repeat(1000));
        }
        await mapping.set(0, "anew");
        await mapping.delete(9);
        world.check.equal(await keysOf(mapping), [0, 5, 6, 7, 8]);
      },
    },
    ...refusals,
  ],
};

import { ManualClock } from "@class-cache/mapping";
import type { MutableMapping } from "@class-cache/mapping";
import type { Case, Theme } from "../case.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

const SOON_MS = 15;
const HOUR_MS = 3_600_000;

/** A mapping in which `gone` has expired and `kept` never will. */
async function withExpired(world: World): Promise<MutableMapping<string, string>> {
  const mapping = world.mapping<string, string>();
  await mapping.set("kept", "kept");
  await mapping.set("gone", "gone", { expiresAt: world.time.now() + SOON_MS, cost: 5 });
  await world.time.pass(SOON_MS);
  return mapping;
}

type Look = (mapping: MutableMapping<string, string>) => Promise<unknown>;

/** What every read answers in that mapping. */
const reads: readonly (readonly [string, Look, unknown])[] = [
  ["get", (mapping) => mapping.get("gone"), undefined],
  ["lookup", (mapping) => mapping.lookup("gone"), undefined],
  ["has", (mapping) => mapping.has("gone"), false],
  ["size", (mapping) => mapping.size(), 1],
  ["getMany", (mapping) => mapping.getMany(["gone", "kept"]), [undefined, "kept"]],
  ["hasMany", (mapping) => mapping.hasMany(["gone", "kept"]), [false, true]],
  ["keys", (mapping) => all(mapping.keys()), ["kept"]],
  ["values", (mapping) => all(mapping.values()), ["kept"]],
  ["entries", (mapping) => all(mapping.entries()), [["kept", "kept"]]],
  ["iterating", (mapping) => all(mapping), [["kept", "kept"]]],
  ["records", async (mapping) => (await all(mapping.records())).map(({ key }) => key), ["kept"]],
  ["delete", (mapping) => mapping.delete("gone"), false],
  ["deleteMany", (mapping) => mapping.deleteMany(["gone", "kept"]), 1],
  ["pop", (mapping) => mapping.pop("gone"), undefined],
  ["setDefault", (mapping) => mapping.setDefault("gone", "anew"), "anew"],
];

const expired = reads.map(([name, look, expected]): Case => ({
  name: `for ${name} an expired entry does not exist`,
  async run(world) {
    const mapping = await withExpired(world);
    world.check.equal(await look(mapping), expected);
  },
}));

/** What the time does to entries. */
export const expiry: Theme = {
  name: "expiry",
  cases: [
    ...expired,
    {
      name: "an entry exists until it expires",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1, { expiresAt: world.time.now() + HOUR_MS });
        await world.time.pass(SOON_MS);
        world.check.equal(await mapping.get("a"), 1);
        world.check.equal(await mapping.has("a"), true);
        world.check.equal(await mapping.size(), 1);
        world.check.equal(await all(mapping), [["a", 1]]);
      },
    },
    {
      name: "an entry exists up to, and not at, the moment of its expiry",
      needs: ["options"],
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1, { expiresAt: world.time.now() + 10 });
        await world.time.pass(9);
        world.check.equal(await mapping.get("a"), 1);
        world.check.equal(await mapping.size(), 1);
        await world.time.pass(1);
        world.check.equal(await mapping.get("a"), undefined);
        world.check.equal(await mapping.has("a"), false);
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "entries expire each at its own time",
      needs: ["options"],
      async run(world) {
        const mapping = world.mapping<number, number>();
        const start = world.time.now();
        for (let key = 1; key <= 20; key += 1) {
          await mapping.set(key, key, { expiresAt: start + key });
        }
        for (let passed = 1; passed <= 20; passed += 1) {
          await world.time.pass(1);
          world.check.equal(await mapping.size(), 20 - passed);
          world.check.equal(await mapping.hasMany([passed, 20]), [false, passed < 20]);
        }
      },
    },
    {
      name: "an entry stored with its expiry in the past does not exist",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1, { expiresAt: world.time.now() - 1 });
        await mapping.set("b", 1, { expiresAt: 0 });
        world.check.equal(await mapping.hasMany(["a", "b"]), [false, false]);
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "a write that has expired already replaces what was there",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", "old");
        await mapping.set("a", "new", { expiresAt: world.time.now() - 1 });
        world.check.equal(await mapping.get("a"), undefined);
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "an expired key can be set again",
      async run(world) {
        const mapping = await withExpired(world);
        await mapping.set("gone", "anew");
        const anew = { value: "anew", expiresAt: undefined, cost: undefined };
        world.check.fields(await mapping.lookup("gone"), anew);
        world.check.equal(await mapping.size(), 2);
      },
    },
    {
      name: "what setDefault stores for an expired entry is without its expiry",
      async run(world) {
        const mapping = await withExpired(world);
        await mapping.setDefault("gone", "anew");
        const anew = { value: "anew", expiresAt: undefined, cost: undefined };
        world.check.fields(await mapping.lookup("gone"), anew);
      },
    },
    {
      name: "an entry written anew without expiry stays",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1, { expiresAt: world.time.now() + SOON_MS });
        await mapping.set("a", 2);
        await world.time.pass(SOON_MS);
        world.check.equal(await mapping.get("a"), 2);
      },
    },
    {
      name: "an entry written anew has the new expiry, be it sooner or later",
      async run(world) {
        const mapping = world.mapping();
        const now = world.time.now();
        await mapping.set("sooner", 1, { expiresAt: now + HOUR_MS });
        await mapping.set("later", 1, { expiresAt: now + SOON_MS });
        await mapping.set("sooner", 2, { expiresAt: now + SOON_MS });
        await mapping.set("later", 2, { expiresAt: now + HOUR_MS });
        await world.time.pass(SOON_MS);
        world.check.equal(await mapping.getMany(["sooner", "later"]), [undefined, 2]);
      },
    },
    {
      name: "entries of one setMany expire together",
      async run(world) {
        const mapping = world.mapping<number, number>();
        await mapping.set(9, 9);
        const entries = Array.from({ length: 9 }, (_, key): [number, number] => [key, key]);
        await mapping.setMany(entries, { expiresAt: world.time.now() + SOON_MS });
        await world.time.pass(SOON_MS);
        world.check.equal(await all(mapping), [[9, 9]]);
      },
    },
    {
      name: "large values expire as small ones do",
      async run(world) {
        const mapping = world.mapping();
        const expiresAt = world.time.now() + SOON_MS;
        await mapping.set("large", "v".repeat(100_000), { expiresAt });
        await world.time.pass(SOON_MS);
        world.check.equal(await mapping.get("large"), undefined);
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "expired entries are counted by the prune that removes them",
      async run(world) {
        const mapping = await withExpired(world);
        world.check.fields(await mapping.prune(), { removed: 1, expired: 1, entries: 1 });
        world.check.fields(await mapping.prune(), { removed: 0, expired: 0, entries: 1 });
        world.check.equal(await mapping.get("kept"), "kept");
      },
    },
    {
      name: "a mapping opened with a clock of its own goes by it",
      async run(world) {
        const clock = new ManualClock(Date.UTC(2000, 0, 1));
        const mapping = world.backend().open(world.id("clock"), { clock });
        await mapping.set("a", 1, { expiresAt: clock.now() + 10 });
        world.check.fields(await mapping.lookup("a"), { value: 1, storedAt: clock.now() });
        clock.advance(10);
        world.check.equal(await mapping.has("a"), false);
        world.check.equal(await mapping.size(), 0);
      },
    },
  ],
};

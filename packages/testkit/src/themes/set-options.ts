import type { Case, Theme } from "../case.ts";

const HOUR_MS = 3_600_000;

const wrong: readonly [string, Record<string, unknown>][] = [
  ["an expiresAt of NaN", { expiresAt: Number.NaN }],
  ["an expiresAt in words", { expiresAt: "tomorrow" }],
  ["an expiresAt as a Date", { expiresAt: new Date(2 ** 42) }],
  ["a cost of NaN", { cost: Number.NaN }],
  ["a cost in words", { cost: "7" }],
];

const refusals = wrong.flatMap(([name, given]): Case[] => [
  {
    name: `set refuses ${name}, and stores nothing`,
    async run(world) {
      const mapping = world.mapping();
      await world.check.refuses(() => mapping.set("a", 1, given), "ERR_OPTION");
      world.check.equal(await mapping.has("a"), false);
    },
  },
  {
    name: `setMany refuses ${name}, and stores nothing`,
    async run(world) {
      const mapping = world.mapping<string, number>();
      const entries: [string, number][] = [
        ["a", 1],
        ["b", 2],
      ];
      await world.check.refuses(() => mapping.setMany(entries, given), "ERR_OPTION");
      world.check.equal(await mapping.hasMany(["a", "b"]), [false, false]);
    },
  },
]);

/** What the options of a write promise. */
export const setOptions: Theme = {
  name: "options of set",
  cases: [
    {
      name: "expiry and cost are kept with the entry",
      async run(world) {
        const mapping = world.mapping();
        const expiresAt = world.time.now() + HOUR_MS;
        await mapping.set("a", 1, { expiresAt, cost: 250 });
        world.check.fields(await mapping.lookup("a"), { value: 1, expiresAt, cost: 250 });
      },
    },
    {
      name: "without options there is neither expiry nor cost",
      async run(world) {
        const mapping = world.mapping();
        const none = { expiresAt: undefined, cost: undefined };
        await mapping.set("a", 1);
        await mapping.set("b", 1, {});
        await mapping.set("c", 1, none);
        await mapping.setDefault("d", 1);
        for (const key of ["a", "b", "c", "d"]) {
          world.check.fields(await mapping.lookup(key), none);
        }
      },
    },
    {
      name: "a cost may be a fraction, nothing, or large",
      async run(world) {
        const mapping = world.mapping();
        for (const cost of [0, 0.25, 7.5, 86_400_000]) {
          await mapping.set("a", 1, { cost });
          world.check.fields(await mapping.lookup("a"), { cost });
        }
      },
    },
    {
      name: "the options of one entry are not those of another",
      async run(world) {
        const mapping = world.mapping();
        const expiresAt = world.time.now() + HOUR_MS;
        await mapping.set("a", 1, { expiresAt, cost: 1 });
        await mapping.set("b", 1, { cost: 2 });
        await mapping.set("c", 1);
        world.check.fields(await mapping.lookup("a"), { expiresAt, cost: 1 });
        world.check.fields(await mapping.lookup("b"), { expiresAt: undefined, cost: 2 });
        world.check.fields(await mapping.lookup("c"), { expiresAt: undefined, cost: undefined });
      },
    },
    {
      name: "a write forgets the options of the one before it",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1, { expiresAt: world.time.now() + HOUR_MS, cost: 1 });
        await mapping.set("a", 2);
        const forgotten = { value: 2, expiresAt: undefined, cost: undefined };
        world.check.fields(await mapping.lookup("a"), forgotten);
      },
    },
    {
      name: "setDefault leaves the options of what is there",
      async run(world) {
        const mapping = world.mapping();
        const expiresAt = world.time.now() + HOUR_MS;
        await mapping.set("a", 1, { expiresAt, cost: 3 });
        await mapping.setDefault("a", 2);
        world.check.fields(await mapping.lookup("a"), { value: 1, expiresAt, cost: 3 });
      },
    },
    {
      name: "setMany gives its options to each of its entries",
      async run(world) {
        const mapping = world.mapping<number, string>();
        const expiresAt = world.time.now() + HOUR_MS;
        const entries = [1, 2, 3].map((key): [number, string] => [key, `value ${key}`]);
        await mapping.setMany(entries, { expiresAt, cost: 9 });
        for (const [key, value] of entries) {
          world.check.fields(await mapping.lookup(key), { value, expiresAt, cost: 9 });
        }
      },
    },
    ...refusals,
  ],
};

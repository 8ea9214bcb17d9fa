import { Readable } from "node:stream";
import type { Case } from "../case.ts";

class Point {
  readonly x = 1;
}

const kinds: readonly (readonly [string, () => unknown, string])[] = [
  ["a class instance", () => new Point(), "value"],
  ["a class instance in an object", () => ({ owner: { point: new Point() } }), "value.owner.point"],
  ["a function in a list", () => ({ a: [0, { b: () => 1 }] }), "value.a[1].b"],
  ["a function", () => () => 1, "value"],
  ["a symbol", () => ({ a: Symbol("s") }), "value.a"],
  ["a promise", () => [Promise.resolve(1)], "value[0]"],
  ["a WeakMap", () => ({ cache: new WeakMap() }), "value.cache"],
  ["a stream", () => ({ body: Readable.from([]) }), "value.body"],
];

const refusals = kinds.map(([name, make, path]): Case => ({
  name: `${name} is refused with its path, and nothing is stored`,
  async run(world) {
    const mapping = world.mapping();
    const found: unknown[] = [];
    const note = (error: unknown): never => {
      found.push((error as { path?: unknown }).path);
      throw error;
    };
    await world.check.refuses(() => mapping.set("key", make()).catch(note), "ERR_UNSTORABLE");
    world.check.equal(found, [path]);
    world.check.equal(await mapping.has("key"), false);
    world.check.equal(await mapping.size(), 0);
  },
}));

/** What would not come back as it is, is refused, and leaves no trace. */
export const unstorable: readonly Case[] = [
  ...refusals,
  {
    name: "a set that is refused leaves the value that was there",
    async run(world) {
      const mapping = world.mapping();
      await mapping.set("key", "old", { cost: 5 });
      await world.check.refuses(() => mapping.set("key", new Point()), "ERR_UNSTORABLE");
      world.check.fields(await mapping.lookup("key"), { value: "old", cost: 5 });
    },
  },
  {
    name: "a setDefault that is refused stores nothing",
    async run(world) {
      const mapping = world.mapping();
      await world.check.refuses(() => mapping.setDefault("key", new Point()), "ERR_UNSTORABLE");
      world.check.equal(await mapping.has("key"), false);
    },
  },
  {
    name: "after a refusal the mapping works as before",
    async run(world) {
      const mapping = world.mapping();
      await world.check.refuses(() => mapping.set("key", () => 1), "ERR_UNSTORABLE");
      await mapping.set("key", "value");
      world.check.equal(await mapping.get("key"), "value");
      world.check.equal(await mapping.size(), 1);
    },
  },
];

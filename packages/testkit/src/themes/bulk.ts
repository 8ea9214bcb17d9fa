import type { Case, Theme } from "../case.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

const LARGE = "v".repeat(40_000);

function entries(count: number): [number, string][] {
  return Array.from({ length: count }, (_, key) => [key, `value ${key} ${"v".repeat(key)}`]);
}

function* generated<T>(items: readonly T[]): Generator<T> {
  yield* items;
}

/** A `setMany` of which the second entry cannot be written. */
function refused(what: string, code: string, entry: readonly [unknown, unknown]): Case {
  return {
    name: `setMany with ${what} in the middle leaves nothing of it`,
    needs: ["atomicBulk"],
    async run(world: World) {
      const mapping = world.mapping();
      await mapping.set("a", "old");
      const given = [["a", 1], entry, ["c", 3]] as [string, unknown][];
      await world.check.refuses(() => mapping.setMany(given), code);
      world.check.equal(await all(mapping), [["a", "old"]]);
    },
  };
}

/** What operations on many entries promise. */
export const bulk: Theme = {
  name: "bulk",
  cases: [
    {
      name: "getMany gives each value in the place of its key",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        await mapping.set("b", LARGE);
        await mapping.set("c", [3]);
        world.check.equal(await mapping.getMany(["c", "none", "a", "b"]), [
          [3],
          undefined,
          1,
          LARGE,
        ]);
        world.check.equal(await mapping.getMany(["none"]), [undefined]);
      },
    },
    {
      name: "getMany answers a key as often as it is asked for",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        world.check.equal(await mapping.getMany(["a", "b", "a", "b"]), [
          1,
          undefined,
          1,
          undefined,
        ]);
      },
    },
    {
      name: "hasMany tells of each key in its place",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        await mapping.set("b", LARGE);
        const asked = ["none", "b", "a", "b", "other"];
        world.check.equal(await mapping.hasMany(asked), [false, true, true, true, false]);
      },
    },
    {
      name: "setMany writes every entry",
      async run(world) {
        const mapping = world.mapping<number, string>();
        await mapping.set(1, "old");
        await mapping.setMany(entries(10));
        for (const [key, value] of entries(10)) world.check.equal(await mapping.get(key), value);
        world.check.equal(await mapping.size(), 10);
      },
    },
    {
      name: "of a key given twice to setMany the last value stays",
      async run(world) {
        const mapping = world.mapping();
        await mapping.setMany([
          ["a", 1],
          ["b", 2],
          ["a", LARGE],
          ["a", 3],
        ]);
        world.check.equal(await mapping.getMany(["a", "b"]), [3, 2]);
        world.check.equal(await mapping.size(), 2);
      },
    },
    {
      name: "equal keys written differently are one key of setMany",
      async run(world) {
        const mapping = world.mapping<object, number>();
        await mapping.setMany([
          [{ a: 1, b: 2 }, 1],
          [{ b: 2, a: 1 }, 2],
        ]);
        world.check.equal(await mapping.get({ a: 1, b: 2 }), 2);
        world.check.equal(await mapping.size(), 1);
      },
    },
    {
      name: "deleteMany deletes every key given and no other",
      async run(world) {
        const mapping = world.mapping<number, string>();
        await mapping.setMany(entries(20));
        world.check.equal(await mapping.deleteMany([3, 5, 19]), 3);
        const left = (await all(mapping.keys())).toSorted((one, other) => one - other);
        world.check.equal(
          left,
          entries(20).flatMap(([key]) => ([3, 5, 19].includes(key) ? [] : [key])),
        );
      },
    },
    {
      name: "deleteMany counts what it deleted, each entry once",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        await mapping.set("large", LARGE);
        world.check.equal(await mapping.deleteMany(["a", "none", "large", "a"]), 2);
        world.check.equal(await mapping.deleteMany(["a", "none", "large", "a"]), 0);
      },
    },
    {
      name: "nothing asked of many is nothing done",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        world.check.equal(await mapping.getMany([]), []);
        world.check.equal(await mapping.hasMany([]), []);
        world.check.equal(await mapping.deleteMany([]), 0);
        await mapping.setMany([]);
        await mapping.setMany(new Map());
        world.check.equal(await all(mapping), [["a", 1]]);
      },
    },
    {
      name: "generators may give the keys and the entries",
      async run(world) {
        const mapping = world.mapping<number, string>();
        await mapping.setMany(generated(entries(5)));
        world.check.equal(await mapping.getMany(generated([4, 0])), [
          entries(5)[4]?.[1],
          entries(5)[0]?.[1],
        ]);
        world.check.equal(await mapping.hasMany(generated([4, 9])), [true, false]);
        world.check.equal(await mapping.deleteMany(generated([4, 9])), 1);
      },
    },
    {
      name: "Maps and Sets may give the keys and the entries",
      async run(world) {
        const mapping = world.mapping<string, number>();
        const given = new Map([
          ["a", 1],
          ["b", 2],
        ]);
        await mapping.setMany(given);
        world.check.equal(await mapping.getMany(given.keys()), [1, 2]);
        world.check.equal(await mapping.hasMany(new Set(["b", "c"])), [true, false]);
        world.check.equal(await mapping.deleteMany(new Set(["a", "b"])), 2);
      },
    },
    {
      name: "a list changed after the call is not what was asked",
      async run(world) {
        const mapping = world.mapping<string, number>();
        const given: [string, number][] = [["a", 1]];
        const written = mapping.setMany(given);
        given.push(["b", 2]);
        await written;
        const keys = ["a"];
        const read = mapping.getMany(keys);
        keys.push("b");
        world.check.equal(await read, [1]);
        world.check.equal(await mapping.size(), 1);
      },
    },
    {
      name: "many entries are written, read and deleted at once",
      seconds: 60,
      async run(world) {
        const mapping = world.mapping<number, string>();
        const many = entries(1000);
        await mapping.setMany(many);
        world.check.equal(await mapping.size(), 1000);
        const keys = many.map(([key]) => key);
        world.check.equal(
          await mapping.getMany(keys),
          many.map(([, value]) => value),
        );
        world.check.equal(await mapping.deleteMany(keys.slice(0, 400)), 400);
        world.check.equal(await mapping.size(), 600);
        world.check.equal(await mapping.hasMany([0, 399, 400, 999]), [false, false, true, true]);
      },
    },
    {
      name: "values of very different sizes are written at once",
      async run(world) {
        const mapping = world.mapping<number, string>();
        const sizes = [0, 1, 100, 4096, 33_000, 200_000, 700_000];
        await mapping.setMany(sizes.map((size) => [size, "v".repeat(size)]));
        world.check.equal(
          await mapping.getMany(sizes),
          sizes.map((size) => "v".repeat(size)),
        );
        await mapping.setMany(sizes.map((size) => [size, "w".repeat(700_000 - size)]));
        world.check.equal(
          await mapping.getMany(sizes),
          sizes.map((size) => "w".repeat(700_000 - size)),
        );
      },
    },
    {
      name: "bulk writes at once do not disturb each other",
      async run(world) {
        const mapping = world.mapping<string, number>();
        const parts = Array.from({ length: 20 }, (_, part) => part);
        const own = (part: number): [string, number][] =>
          Array.from({ length: 20 }, (_, at) => [`${part} ${at}`, part * at]);
        await Promise.all(parts.map((part) => mapping.setMany(own(part))));
        world.check.equal(await mapping.size(), 400);
        for (const part of parts) {
          const keys = own(part).map(([key]) => key);
          world.check.equal(
            await mapping.getMany(keys),
            own(part).map(([, value]) => value),
          );
        }
      },
    },
    refused("a value that cannot be stored", "ERR_UNSTORABLE", ["b", () => 1]),
    refused("what cannot be a key", "ERR_UNKEYABLE", [() => 1, 2]),
  ],
};

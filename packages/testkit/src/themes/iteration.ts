import type { MutableMapping } from "@class-cache/mapping";
import type { Theme } from "../case.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";
import { iterationUnderWrites } from "./iteration-under-writes.ts";

const COUNT = 60;

async function filled(world: World): Promise<MutableMapping<number, string>> {
  const mapping = world.mapping<number, string>();
  await mapping.setMany(Array.from({ length: COUNT }, (_, key) => [key, `value ${key}`]));
  await mapping.set(0, "value 0");
  return mapping;
}

const numbers = Array.from({ length: COUNT }, (_, key) => key);
const expected = numbers.map((key): [number, string] => [key, `value ${key}`]);

/** What iterating promises. */
export const iteration: Theme = {
  name: "iteration",
  cases: [
    {
      name: "iterating a mapping gives each entry once",
      async run(world) {
        world.check.sameMembers(await all(await filled(world)), expected);
      },
    },
    {
      name: "entries gives each entry once",
      async run(world) {
        world.check.sameMembers(await all((await filled(world)).entries()), expected);
      },
    },
    {
      name: "keys gives each key once",
      async run(world) {
        world.check.sameMembers(await all((await filled(world)).keys()), numbers);
      },
    },
    {
      name: "values gives the value of each entry, equal ones as often as they are there",
      async run(world) {
        const mapping = await filled(world);
        await mapping.set(100, "value 0");
        const values = [...expected.map(([, value]) => value), "value 0"];
        world.check.sameMembers(await all(mapping.values()), values);
      },
    },
    {
      name: "records gives each key once",
      async run(world) {
        const found = await all((await filled(world)).records());
        world.check.sameMembers(
          found.map(({ key }) => key),
          numbers,
        );
      },
    },
    {
      name: "the ways to iterate agree with get, has and size",
      async run(world) {
        const mapping = await filled(world);
        await mapping.deleteMany(numbers.filter((key) => key % 3 === 0));
        const keys = await all(mapping.keys());
        world.check.equal(keys.length, await mapping.size());
        for await (const [key, value] of mapping) world.check.equal(await mapping.get(key), value);
        for (const key of numbers) world.check.equal(await mapping.has(key), keys.includes(key));
      },
    },
    {
      name: "values are not missed for being falsy",
      async run(world) {
        const mapping = world.mapping<string, unknown>();
        const falsy: [string, unknown][] = [
          ["a", null],
          ["b", 0],
          ["c", ""],
          ["d", false],
        ];
        await mapping.setMany(falsy);
        world.check.sameMembers(await all(mapping), falsy);
        world.check.sameMembers(await all(mapping.values()), [null, 0, "", false]);
      },
    },
    {
      name: "values are not missed for being undefined",
      needs: ["richValues"],
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", undefined);
        await mapping.set("b", undefined);
        world.check.equal(await all(mapping.values()), [undefined, undefined]);
        world.check.sameMembers(await all(mapping), [
          ["a", undefined],
          ["b", undefined],
        ]);
      },
    },
    {
      name: "iterating may be left early and begun again",
      async run(world) {
        const mapping = await filled(world);
        const ways = [() => mapping, () => mapping.keys(), () => mapping.values()] as const;
        for (const way of [...ways, () => mapping.records()]) {
          const first: unknown[] = [];
          for await (const item of way()) {
            first.push(item);
            if (first.length === 3) break;
          }
          world.check.equal(first.length, 3);
          world.check.equal((await all<unknown>(way())).length, COUNT);
        }
      },
    },
    {
      name: "a mapping takes writes after an iteration that was left early",
      async run(world) {
        const mapping = await filled(world);
        for await (const key of mapping.keys()) {
          await mapping.delete(key);
          break;
        }
        await mapping.set(100, "new");
        await mapping.clear();
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "an iteration ended before its first step gives nothing",
      async run(world) {
        const mapping = await filled(world);
        const keys = mapping.keys();
        await keys.return?.();
        world.check.equal((await keys.next()).done, true);
      },
    },
    {
      name: "an iteration that is over stays over",
      async run(world) {
        const mapping = await filled(world);
        const keys = mapping.keys();
        world.check.equal((await all(keys)).length, COUNT);
        await mapping.set(100, "new");
        world.check.equal((await keys.next()).done, true);
      },
    },
    {
      name: "two iterations at once do not disturb each other",
      async run(world) {
        const mapping = await filled(world);
        const one = mapping.keys();
        const other = mapping.entries();
        const keys: number[] = [];
        const entries: [number, string][] = [];
        for (let at = 0; at < COUNT; at += 1) {
          keys.push((await one.next()).value as number);
          entries.push((await other.next()).value as [number, string]);
        }
        world.check.sameMembers(keys, numbers);
        world.check.sameMembers(entries, expected);
        world.check.equal([(await one.next()).done, (await other.next()).done], [true, true]);
      },
    },
    {
      name: "iterations in parallel each give everything",
      async run(world) {
        const mapping = await filled(world);
        const found = await Promise.all(Array.from({ length: 8 }, () => all(mapping)));
        for (const entries of found) world.check.sameMembers(entries, expected);
      },
    },
    ...iterationUnderWrites,
  ],
};

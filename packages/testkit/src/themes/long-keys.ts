import type { Key } from "@class-cache/mapping";
import type { Case } from "../case.ts";
import { all } from "../world.ts";

const LONG = 40_000;

function nested(depth: number): Key {
  let key: Key = "core";
  for (let at = 0; at < depth; at += 1) key = at % 2 === 0 ? [key] : { in: key };
  return key;
}

const long: readonly (readonly [string, Key])[] = [
  ["100 characters", "k".repeat(100)],
  ["255 characters", "k".repeat(255)],
  ["1,000 characters of two bytes", "é".repeat(1000)],
  ["5,000 characters of four bytes", "🎉".repeat(5000)],
  ["40,000 characters", "k".repeat(LONG)],
  ["300,000 characters", "k".repeat(300_000)],
  ["5,000 numbers", Array.from({ length: 5000 }, (_, at) => at)],
  ["1,000 properties", Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`p${at}`, at]))],
  ["100,000 bytes", new Uint8Array(100_000).fill(7)],
  ["200 levels", nested(200)],
];

/** Keys may be as long as they like. */
export const longKeys: readonly Case[] = [
  ...long.map(([name, key]): Case => ({
    name: `a key of ${name} is set, found and deleted`,
    async run(world) {
      const mapping = world.mapping();
      await mapping.set(key, 1);
      await mapping.set([key], 2);
      world.check.equal(await mapping.get(key), 1);
      world.check.equal(await mapping.get([key]), 2);
      world.check.equal(await mapping.size(), 2);
      world.check.equal(await mapping.delete(key), true);
      world.check.equal(await mapping.hasMany([key, [key]]), [false, true]);
    },
  })),
  {
    name: "long keys are listed as they are",
    async run(world) {
      const mapping = world.mapping();
      const keys = ["", "k".repeat(100), "k".repeat(LONG), "é".repeat(999)];
      for (const key of keys) await mapping.set(key, key.length);
      world.check.sameMembers(await all(mapping.keys()), keys);
    },
  },
  {
    name: "long keys that differ at the end alone are different keys",
    async run(world) {
      const mapping = world.mapping();
      const ends = ["", "x", "y", "xx", "X"];
      for (const end of ends) await mapping.set(`${"k".repeat(LONG)}${end}`, end);
      for (const end of ends) {
        world.check.equal(await mapping.get(`${"k".repeat(LONG)}${end}`), end);
      }
      world.check.equal(await mapping.size(), ends.length);
    },
  },
];

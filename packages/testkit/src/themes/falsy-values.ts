import type { Case } from "../case.ts";

/** Values that a careless look takes for absence; the last ones not every codec keeps. */
const values: readonly [string, unknown, boolean][] = [
  ["null", null, false],
  ["0", 0, false],
  ["the empty text", "", false],
  ["false", false, false],
  ["undefined", undefined, true],
  ["NaN", Number.NaN, true],
  ["-0", -0, true],
  ["0n", 0n, true],
];

/** What is stored is an entry, whatever its value. */
export const falsyValues: readonly Case[] = values.map(([name, value, isRich]) => ({
  name: `a stored ${name} is an entry, not absence`,
  needs: isRich ? ["richValues"] : [],
  async run(world) {
    const mapping = world.mapping();
    await mapping.set("key", value);
    world.check.equal(await mapping.get("key"), value);
    world.check.fields(await mapping.lookup("key"), { value });
    world.check.equal(await mapping.has("key"), true);
    world.check.equal(await mapping.hasMany(["key", "none"]), [true, false]);
    world.check.equal(await mapping.getMany(["key", "none"]), [value, undefined]);
    world.check.equal(await mapping.size(), 1);
    world.check.equal(await mapping.setDefault("key", "other"), value);
    world.check.equal(await mapping.delete("key"), true);
    world.check.equal(await mapping.has("key"), false);
  },
}));

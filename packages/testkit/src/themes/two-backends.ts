import type { Key, MutableMapping } from "@class-cache/mapping";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

type Mapping = MutableMapping<Key, unknown>;

/** A case on one mapping, opened by two backends that are open at once on one store. */
function shared(
  name: string,
  run: (one: Mapping, other: Mapping, world: World) => Promise<void>,
): Case {
  return {
    name,
    needs: ["reopens", "sharedAccess"],
    async run(world) {
      const id = world.id("mapping");
      await run(world.backend().open(id), world.backend().open(id), world);
    },
  };
}

/** What two backends that are open at once on one store promise. */
export const twoBackends: readonly Case[] = [
  shared("two backends see each other's writes", async (one, other, { check }) => {
    for (let round = 0; round < 20; round += 1) {
      await one.set("a", round);
      check.equal(await other.get("a"), round);
      await other.set("a", `${round}`);
      check.equal(await one.get("a"), `${round}`);
    }
    await other.setMany([["b", "v".repeat(50_000)]]);
    check.equal(await one.get("b"), "v".repeat(50_000));
    check.equal([await one.size(), await other.size()], [2, 2]);
  }),
  shared(
    "two backends see each other's deletes, pops and clears",
    async (one, other, { check }) => {
      for (const key of ["a", "b", "c"]) await one.set(key, 1);
      check.equal(await other.delete("a"), true);
      check.equal(await one.has("a"), false);
      check.equal(await one.delete("a"), false);
      check.equal(await other.pop("b"), 1);
      check.equal(await one.pop("b"), undefined);
      await other.clear();
      check.equal(await one.get("c"), undefined);
      check.equal(await all(one), []);
      await one.set("d", 1);
      check.equal(await all(other), [["d", 1]]);
    },
  ),
  shared("writes by two backends at once are all there", async (one, other, { check }) => {
    const keys = Array.from({ length: 60 }, (_, key) => key);
    await Promise.all(
      keys.flatMap((key) => [one.set(["one", key], key), other.set(["other", key], key)]),
    );
    for (const mapping of [one, other]) {
      check.equal(await mapping.size(), 120);
      check.equal(await mapping.getMany(keys.map((key) => ["one", key])), keys);
      check.equal(await mapping.getMany(keys.map((key) => ["other", key])), keys);
    }
  }),
  shared("setDefault by two backends at once gives one value", async (one, other, { check }) => {
    for (let round = 0; round < 10; round += 1) {
      const calls = Array.from({ length: 8 }, (_, at) =>
        (at % 2 === 0 ? one : other).setDefault(round, at),
      );
      check.equal(new Set(await Promise.all(calls)).size, 1);
      check.equal(await one.get(round), await other.get(round));
    }
  }),
  {
    name: "a mapping dropped by one backend is empty for the other",
    needs: ["reopens", "sharedAccess"],
    async run(world) {
      const id = world.id("mapping");
      const [one, other] = [world.backend(), world.backend()];
      const mapping = one.open(id);
      await mapping.set("a", 1);
      world.check.equal(await other.open(id).get("a"), 1);
      world.check.equal(await other.drop(id), true);
      world.check.equal(await mapping.get("a"), undefined);
      await mapping.set("a", "anew");
      world.check.equal(await other.open(id).get("a"), "anew");
    },
  },
  {
    name: "closing one backend leaves the other at work",
    needs: ["reopens", "sharedAccess"],
    async run(world) {
      const id = world.id("mapping");
      const [one, other] = [world.backend(), world.backend()];
      await one.open(id).set("a", 1);
      const mapping = other.open(id);
      world.check.equal(await mapping.get("a"), 1);
      await one.close();
      await mapping.set("b", 2);
      world.check.equal(await mapping.getMany(["a", "b"]), [1, 2]);
    },
  },
];

import type { Key, MutableMapping } from "@class-cache/mapping";
import type { Case, Theme } from "../case.ts";
import { all } from "../world.ts";
import { equalKeys } from "./equal-keys.ts";
import { instanceKeys } from "./instance-keys.ts";
import { keyKinds } from "./key-kinds.ts";
import { longKeys } from "./long-keys.ts";
import { unkeyable } from "./unkeyable.ts";

const kinds = keyKinds.map(([name, key]): Case => ({
  name: `${name} is set, found, listed as it is, and deleted`,
  async run(world) {
    const mapping = world.mapping();
    await mapping.set("another", 0);
    await mapping.set(key, 1);
    world.check.equal(await mapping.get(key), 1);
    world.check.equal(await mapping.has(key), true);
    world.check.equal(await mapping.getMany([key, "another"]), [1, 0]);
    world.check.sameMembers(await all(mapping.keys()), ["another", key]);
    world.check.sameMembers(await all(mapping.entries()), [
      ["another", 0],
      [key, 1],
    ]);
    await mapping.set(key, 2);
    world.check.equal(await mapping.size(), 2);
    world.check.equal(await mapping.delete(key), true);
    world.check.equal(await mapping.has(key), false);
    world.check.equal(await all(mapping.keys()), ["another"]);
  },
}));

const equals = equalKeys.map(([name, one, other]): Case => ({
  name: `${name} are one key`,
  async run(world) {
    const mapping = world.mapping();
    await mapping.set(one, "one");
    world.check.equal(await mapping.get(other), "one");
    world.check.equal(await mapping.has(other), true);
    await mapping.set(other, "other");
    world.check.equal(await mapping.get(one), "other");
    world.check.equal(await mapping.size(), 1);
    world.check.equal(await mapping.delete(one), true);
    world.check.equal(await mapping.has(other), false);
  },
}));

type Operation = (mapping: MutableMapping<Key, unknown>, key: Key) => Promise<unknown>;

const operations: readonly (readonly [string, Operation])[] = [
  ["get", (mapping, key) => mapping.get(key)],
  ["lookup", (mapping, key) => mapping.lookup(key)],
  ["has", (mapping, key) => mapping.has(key)],
  ["set", (mapping, key) => mapping.set(key, 1)],
  ["delete", (mapping, key) => mapping.delete(key)],
  ["pop", (mapping, key) => mapping.pop(key)],
  ["setDefault", (mapping, key) => mapping.setDefault(key, 1)],
  ["getMany", (mapping, key) => mapping.getMany(["a", key])],
  ["hasMany", (mapping, key) => mapping.hasMany(["a", key])],
  ["deleteMany", (mapping, key) => mapping.deleteMany(["b", key])],
  ["setMany", (mapping, key) => mapping.setMany([[key, 1]])],
];

const refusals = unkeyable.map(([name, make]): Case => ({
  name: `${name} is refused by set and get, and nothing is stored`,
  async run(world) {
    const mapping = world.mapping();
    await world.check.refuses(() => mapping.set(make() as Key, 1), "ERR_UNKEYABLE");
    await world.check.refuses(() => mapping.get(make() as Key), "ERR_UNKEYABLE");
    world.check.equal(await mapping.size(), 0);
  },
}));

const refusing = operations.map(([name, operate]): Case => ({
  name: `${name} refuses what cannot be a key, and changes nothing`,
  async run(world) {
    const mapping = world.mapping();
    await mapping.set("a", 1);
    const bad = [() => 1] as unknown as Key;
    await world.check.refuses(() => operate(mapping, bad), "ERR_UNKEYABLE");
    world.check.equal(await all(mapping), [["a", 1]]);
  },
}));

/** What keys promise: they compare by value, types count, and they are read back as they were. */
export const keys: Theme = {
  name: "keys",
  cases: [
    ...kinds,
    {
      name: "every two keys that differ are two entries",
      async run(world) {
        const mapping = world.mapping();
        for (const [at, [, key]] of keyKinds.entries()) await mapping.set(key, at);
        world.check.equal(await mapping.size(), keyKinds.length);
        for (const [at, [name, key]] of keyKinds.entries()) {
          world.check.equal(await mapping.get(key), at, `of the key ${name}`);
        }
        world.check.sameMembers(
          await all(mapping.keys()),
          keyKinds.map(([, key]) => key),
        );
      },
    },
    {
      name: "of keys that differ the deletion of one leaves the others",
      async run(world) {
        const mapping = world.mapping();
        await mapping.setMany(keyKinds.map(([name, key]) => [key, name]));
        for (const [at, [name, key]] of keyKinds.entries()) {
          if (at % 2 === 0) world.check.equal(await mapping.delete(key), true, name);
        }
        for (const [at, [name, key]] of keyKinds.entries()) {
          world.check.equal(await mapping.get(key), at % 2 === 0 ? undefined : name);
        }
      },
    },
    {
      name: "all kinds of keys go through bulk operations",
      async run(world) {
        const mapping = world.mapping();
        const every = keyKinds.map(([, key]) => key);
        await mapping.setMany(every.map((key, at) => [key, at]));
        const numbers = every.map((_, at) => at);
        world.check.equal(await mapping.getMany(every), numbers);
        world.check.equal(new Set(await mapping.hasMany(every)), new Set([true]));
        world.check.equal(await mapping.deleteMany(every), every.length);
        world.check.equal(await mapping.size(), 0);
      },
    },
    ...equals,
    {
      name: "a key changed after it was set is another key",
      async run(world) {
        const mapping = world.mapping();
        const key = { list: [1] };
        const write = mapping.set(key, "value");
        key.list.push(2);
        await write;
        world.check.equal(await mapping.get({ list: [1] }), "value");
        world.check.equal(await mapping.has(key), false);
        world.check.equal(await all(mapping.keys()), [{ list: [1] }]);
      },
    },
    {
      name: "what is done to a key that was read does not reach the mapping",
      async run(world) {
        const mapping = world.mapping<{ list: number[] }, number>();
        await mapping.set({ list: [1] }, 1);
        for await (const key of mapping.keys()) key.list.push(2);
        world.check.equal(await all(mapping.keys()), [{ list: [1] }]);
        world.check.equal(await mapping.get({ list: [1] }), 1);
      },
    },
    ...instanceKeys,
    ...longKeys,
    ...refusals,
    ...refusing,
  ],
};

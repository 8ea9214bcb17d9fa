import type { Backend, Key, MutableMapping } from "@class-cache/mapping";
import type { Case } from "../case.ts";
import { all } from "../world.ts";

type Operation<T> = (subject: T) => unknown;

/** Every operation of a mapping. */
export const operations: readonly (readonly [string, Operation<MutableMapping<Key, unknown>>])[] = [
  ["get", (mapping) => mapping.get("a")],
  ["lookup", (mapping) => mapping.lookup("a")],
  ["has", (mapping) => mapping.has("a")],
  ["set", (mapping) => mapping.set("a", 1)],
  ["delete", (mapping) => mapping.delete("a")],
  ["clear", (mapping) => mapping.clear()],
  ["size", (mapping) => mapping.size()],
  ["keys", (mapping) => all(mapping.keys())],
  ["values", (mapping) => all(mapping.values())],
  ["entries", (mapping) => all(mapping.entries())],
  ["records", (mapping) => all(mapping.records())],
  ["iterating", (mapping) => all(mapping)],
  ["getMany", (mapping) => mapping.getMany(["a"])],
  ["hasMany", (mapping) => mapping.hasMany(["a"])],
  ["setMany", (mapping) => mapping.setMany([["a", 1]])],
  ["deleteMany", (mapping) => mapping.deleteMany(["a"])],
  ["pop", (mapping) => mapping.pop("a")],
  ["setDefault", (mapping) => mapping.setDefault("a", 1)],
  ["prune", (mapping) => mapping.prune()],
];

const backendOperations: readonly (readonly [string, Operation<Backend>])[] = [
  ["open", (backend) => backend.open("id")],
  ["ids", (backend) => all(backend.ids())],
  ["drop", (backend) => backend.drop("id")],
  ["lease", (backend) => backend.lease("name")],
];

/** What is closed refuses every operation. */
export const closed: readonly Case[] = [
  ...operations.map(([name, operate]): Case => ({
    name: `${name} is refused by a closed mapping`,
    async run(world) {
      const backend = world.backend();
      const id = world.id("mapping");
      const mapping = backend.open(id);
      await mapping.set("a", "value");
      await mapping.close();
      await world.check.refuses(() => operate(mapping), "ERR_CLOSED");
      world.check.equal(await all(backend.open(id)), [["a", "value"]]);
    },
  })),
  ...operations.map(([name, operate]): Case => ({
    name: `${name} is refused by a mapping of a closed backend`,
    async run(world) {
      const backend = world.backend();
      const mapping = backend.open(world.id("mapping"));
      await mapping.set("a", "value");
      await backend.close();
      await world.check.refuses(() => operate(mapping), "ERR_CLOSED");
    },
  })),
  ...backendOperations.map(([name, operate]): Case => ({
    name: `${name} is refused by a closed backend`,
    async run(world) {
      const backend = world.backend();
      await backend.close();
      await world.check.refuses(() => operate(backend), "ERR_CLOSED");
    },
  })),
];

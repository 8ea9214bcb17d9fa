import type { Case } from "../case.ts";
import { all } from "../world.ts";

/** A value that was stored is out of reach of whoever holds an object like it. */
export const snapshots: readonly Case[] = [
  {
    name: "what is done to a value after set does not reach the mapping",
    needs: ["snapshots"],
    async run(world) {
      const mapping = world.mapping();
      const value = { list: [1] };
      await mapping.set("key", value);
      value.list.push(2);
      world.check.equal(await mapping.get("key"), { list: [1] });
    },
  },
  {
    name: "what is done to a value that was read does not reach the mapping",
    needs: ["snapshots"],
    async run(world) {
      const mapping = world.mapping<string, { list: number[] }>();
      await mapping.set("key", { list: [1] });
      (await mapping.get("key"))?.list.push(2);
      (await mapping.lookup("key"))?.value.list.push(3);
      for (const value of await mapping.getMany(["key"])) value?.list.push(4);
      for await (const value of mapping.values()) value.list.push(5);
      for await (const [, value] of mapping.entries()) value.list.push(6);
      world.check.equal(await mapping.get("key"), { list: [1] });
    },
  },
  {
    name: "what is done to values after setMany does not reach the mapping",
    needs: ["snapshots"],
    async run(world) {
      const mapping = world.mapping<string, number[]>();
      const value = [1];
      await mapping.setMany([
        ["a", value],
        ["b", value],
      ]);
      value.push(2);
      world.check.equal(await mapping.getMany(["a", "b"]), [[1], [1]]);
    },
  },
  {
    name: "every read gives an object of its own",
    needs: ["snapshots"],
    async run(world) {
      const mapping = world.mapping();
      await mapping.set("key", { list: [1] });
      const [first, second] = [await mapping.get("key"), await mapping.get("key")];
      world.check.ok(first !== second, "two reads gave one object");
      const [one, other] = await mapping.getMany(["key", "key"]);
      world.check.ok(one !== other, "getMany gave one object twice");
    },
  },
  {
    name: "bytes changed after set are not changed in the mapping",
    needs: ["snapshots", "richValues"],
    async run(world) {
      const mapping = world.mapping<string, Uint8Array>();
      const bytes = new Uint8Array(5000).fill(1);
      await mapping.set("key", bytes);
      bytes.fill(2);
      (await mapping.get("key"))?.fill(3);
      world.check.equal(await all(mapping.values()), [new Uint8Array(5000).fill(1)]);
    },
  },
];

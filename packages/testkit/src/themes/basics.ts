import type { Theme } from "../case.ts";
import { all } from "../world.ts";
import { falsyValues } from "./falsy-values.ts";

/** What operations on single entries promise. */
export const basics: Theme = {
  name: "basics",
  cases: [
    {
      name: "an empty mapping answers every read with absence",
      async run(world) {
        const mapping = world.mapping();
        world.check.equal(await mapping.get("a"), undefined);
        world.check.equal(await mapping.lookup("a"), undefined);
        world.check.equal(await mapping.has("a"), false);
        world.check.equal(await mapping.getMany(["a", "b"]), [undefined, undefined]);
        world.check.equal(await mapping.hasMany(["a", "b"]), [false, false]);
        world.check.equal(await mapping.size(), 0);
        world.check.equal(await all(mapping), []);
        world.check.equal(await all(mapping.records()), []);
      },
    },
    {
      name: "an empty mapping has nothing to delete, pop, prune or clear",
      async run(world) {
        const mapping = world.mapping();
        const nothing = { removed: 0, expired: 0, entries: 0, bytes: 0 };
        world.check.equal(await mapping.delete("a"), false);
        world.check.equal(await mapping.deleteMany(["a", "b"]), 0);
        world.check.equal(await mapping.pop("a"), undefined);
        world.check.fields(await mapping.prune(), nothing);
        await mapping.clear();
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "a mapping has the id that it was opened with",
      async run(world) {
        const id = world.id("id");
        world.check.equal(world.backend().open(id).id, id);
      },
    },
    {
      name: "get reads what set wrote",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", { deep: [1, "two", null] });
        world.check.equal(await mapping.get("a"), { deep: [1, "two", null] });
        world.check.equal(await mapping.get("b"), undefined);
      },
    },
    {
      name: "lookup gives the value with what is known of the entry",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", ["value"]);
        world.check.fields(await mapping.lookup("a"), { value: ["value"] });
        world.check.equal(await mapping.lookup("b"), undefined);
      },
    },
    {
      name: "has tells the present from the absent",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        world.check.equal(await mapping.has("a"), true);
        world.check.equal(await mapping.has("b"), false);
        await mapping.delete("a");
        world.check.equal(await mapping.has("a"), false);
      },
    },
    ...falsyValues,
    {
      name: "set replaces the value of a key, and the size stays",
      async run(world) {
        const mapping = world.mapping();
        for (let round = 0; round < 20; round += 1) {
          await mapping.set("a", `round ${round}`);
          world.check.equal(await mapping.get("a"), `round ${round}`);
          world.check.equal(await mapping.size(), 1);
        }
      },
    },
    {
      name: "every acknowledged write is there",
      async run(world) {
        const mapping = world.mapping<number, string>();
        for (let key = 0; key < 100; key += 1) await mapping.set(key, `value ${key}`);
        for (let key = 0; key < 100; key += 1) {
          world.check.equal(await mapping.get(key), `value ${key}`);
        }
        world.check.equal(await mapping.size(), 100);
      },
    },
    {
      name: "delete says whether there was an entry, and it is gone",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        await mapping.set("b", 2);
        world.check.equal(await mapping.delete("a"), true);
        world.check.equal(await mapping.delete("a"), false);
        world.check.equal(await mapping.get("a"), undefined);
        world.check.equal(await mapping.has("a"), false);
        world.check.equal(await mapping.get("b"), 2);
        world.check.equal(await mapping.size(), 1);
      },
    },
    {
      name: "what was deleted stays deleted whatever happens to other keys",
      async run(world) {
        const mapping = world.mapping<number, number>();
        for (let key = 0; key < 40; key += 1) await mapping.set(key, key);
        for (let key = 0; key < 40; key += 2) await mapping.delete(key);
        for (let key = 1; key < 40; key += 2) await mapping.set(key, -key);
        await mapping.prune();
        for (let key = 0; key < 40; key += 1) {
          world.check.equal(await mapping.get(key), key % 2 === 0 ? undefined : -key);
        }
        world.check.equal(await mapping.size(), 20);
      },
    },
    {
      name: "a key that was deleted can be set again",
      async run(world) {
        const mapping = world.mapping();
        for (let round = 0; round < 10; round += 1) {
          await mapping.set("a", round);
          world.check.equal(await mapping.get("a"), round);
          world.check.equal(await mapping.delete("a"), true);
          world.check.equal(await mapping.has("a"), false);
        }
        await mapping.set("a", "last");
        world.check.equal(await mapping.get("a"), "last");
        world.check.equal(await mapping.size(), 1);
      },
    },
    {
      name: "size counts each entry once",
      async run(world) {
        const mapping = world.mapping();
        const sizes: number[] = [];
        await mapping.set("a", 1);
        sizes.push(await mapping.size());
        await mapping.set("b", 1);
        sizes.push(await mapping.size());
        await mapping.set("a", 2);
        sizes.push(await mapping.size());
        await mapping.delete("none");
        sizes.push(await mapping.size());
        await mapping.delete("b");
        sizes.push(await mapping.size());
        await mapping.setDefault("a", 3);
        sizes.push(await mapping.size());
        await mapping.setDefault("c", 3);
        sizes.push(await mapping.size());
        world.check.equal(sizes, [1, 2, 2, 2, 1, 1, 2]);
      },
    },
    {
      name: "clear removes every entry, small and large",
      async run(world) {
        const mapping = world.mapping();
        for (let key = 0; key < 30; key += 1) await mapping.set(key, key);
        await mapping.set("large", "v".repeat(50_000));
        await mapping.clear();
        world.check.equal(await mapping.size(), 0);
        world.check.equal(await mapping.get(1), undefined);
        world.check.equal(await mapping.has("large"), false);
        world.check.equal(await all(mapping), []);
      },
    },
    {
      name: "a cleared mapping takes writes, and can be cleared again",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set(1, "old");
        await mapping.set(2, "old");
        await mapping.clear();
        await mapping.set(1, "anew");
        world.check.equal(await all(mapping), [[1, "anew"]]);
        await mapping.clear();
        await mapping.clear();
        world.check.equal(await mapping.has(1), false);
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "concurrent operations on one handle do not disturb each other",
      async run(world) {
        const mapping = world.mapping<number, string>();
        const each = async (_: unknown, key: number): Promise<void> => {
          await mapping.set(key, "v".repeat(key * 400));
          world.check.equal(await mapping.get(key), "v".repeat(key * 400));
          if (key % 3 === 0) world.check.equal(await mapping.delete(key), true);
        };
        await Promise.all(Array.from({ length: 100 }, each));
        world.check.equal(await mapping.size(), 66);
      },
    },
    {
      name: "sets of one key at once leave one of their values",
      async run(world) {
        const mapping = world.mapping<string, number>();
        const values = Array.from({ length: 30 }, (_, value) => value);
        await Promise.all(values.map((value) => mapping.set("key", value)));
        const left = await mapping.get("key");
        world.check.ok(values.includes(left as number), `${left} was never set`);
        world.check.equal(await mapping.size(), 1);
      },
    },
    {
      name: "of deletes of one entry at once, one says that it deleted it",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("key", 1);
        const deletes = Array.from({ length: 10 }, () => mapping.delete("key"));
        const deleted = await Promise.all(deletes);
        world.check.equal(deleted.filter(Boolean).length, 1);
        world.check.equal(await mapping.has("key"), false);
      },
    },
  ],
};

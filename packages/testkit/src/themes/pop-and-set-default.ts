import type { Theme } from "../case.ts";

/** What `pop()` and `setDefault()` promise. */
export const popAndSetDefault: Theme = {
  name: "pop and setDefault",
  cases: [
    {
      name: "pop gives the value and takes the entry",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", { value: 1 });
        await mapping.set("b", 2);
        world.check.equal(await mapping.pop("a"), { value: 1 });
        world.check.equal(await mapping.has("a"), false);
        world.check.equal(await mapping.size(), 1);
      },
    },
    {
      name: "pop of an absent key gives undefined and takes nothing",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("b", 2);
        world.check.equal(await mapping.pop("a"), undefined);
        world.check.equal(await mapping.get("b"), 2);
      },
    },
    {
      name: "pop gives a value once",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", "large ".repeat(10_000));
        world.check.equal(await mapping.pop("a"), "large ".repeat(10_000));
        world.check.equal(await mapping.pop("a"), undefined);
      },
    },
    {
      name: "of pops at once, one gets the value",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        const popped = await Promise.all(Array.from({ length: 10 }, () => mapping.pop("a")));
        world.check.equal(
          popped.filter((value) => value !== undefined),
          [1],
        );
      },
    },
    {
      name: "pop takes an entry whose value is undefined",
      needs: ["richValues"],
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", undefined);
        world.check.equal(await mapping.pop("a"), undefined);
        world.check.equal(await mapping.has("a"), false);
        world.check.equal(await mapping.size(), 0);
      },
    },
    {
      name: "pop takes an entry whose value is falsy",
      async run(world) {
        const mapping = world.mapping();
        for (const value of [null, 0, "", false]) {
          await mapping.set("a", value);
          world.check.equal(await mapping.pop("a"), value);
          world.check.equal(await mapping.has("a"), false);
        }
      },
    },
    {
      name: "setDefault stores and gives the value where nothing is",
      async run(world) {
        const mapping = world.mapping();
        world.check.equal(await mapping.setDefault("a", { first: 1 }), { first: 1 });
        world.check.equal(await mapping.get("a"), { first: 1 });
        world.check.equal(await mapping.size(), 1);
      },
    },
    {
      name: "setDefault gives the value that is there, and leaves it",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", "present");
        world.check.equal(await mapping.setDefault("a", "given"), "present");
        world.check.equal(await mapping.setDefault("a", "given again"), "present");
        world.check.equal(await mapping.get("a"), "present");
      },
    },
    {
      name: "setDefault takes falsy values for values",
      async run(world) {
        const mapping = world.mapping();
        for (const value of [null, 0, "", false]) {
          await mapping.set("a", value);
          world.check.equal(await mapping.setDefault("a", "given"), value);
        }
        world.check.equal(await mapping.setDefault("b", null), null);
        world.check.equal(await mapping.setDefault("b", 1), null);
      },
    },
    {
      name: "setDefault leaves a stored undefined",
      needs: ["richValues"],
      async run(world) {
        const mapping = world.mapping();
        world.check.equal(await mapping.setDefault("a", undefined), undefined);
        world.check.equal(await mapping.setDefault("a", 1), undefined);
        world.check.fields(await mapping.lookup("a"), { value: undefined });
      },
    },
    {
      name: "setDefault stores again after a delete, a pop and a clear",
      async run(world) {
        const mapping = world.mapping();
        await mapping.setDefault("a", 1);
        await mapping.delete("a");
        world.check.equal(await mapping.setDefault("a", 2), 2);
        await mapping.pop("a");
        world.check.equal(await mapping.setDefault("a", 3), 3);
        await mapping.clear();
        world.check.equal(await mapping.setDefault("a", 4), 4);
        world.check.equal(await mapping.get("a"), 4);
      },
    },
    {
      name: "setDefault stores and leaves large values",
      async run(world) {
        const mapping = world.mapping();
        const large = "v".repeat(40_000);
        world.check.equal(await mapping.setDefault("a", large), large);
        world.check.equal(await mapping.setDefault("a", "small"), large);
        world.check.equal(await mapping.get("a"), large);
      },
    },
    {
      name: "concurrent setDefault of one key gives everyone one value",
      async run(world) {
        const mapping = world.mapping<string, number>();
        const calls = Array.from({ length: 20 }, (_, value) => mapping.setDefault("key", value));
        const given = await Promise.all(calls);
        world.check.equal(new Set(given).size, 1);
        world.check.equal(await mapping.get("key"), given[0]);
      },
    },
    {
      name: "what setDefault gives is a snapshot",
      needs: ["snapshots"],
      async run(world) {
        const mapping = world.mapping<string, number[]>();
        const given = [1];
        const stored = await mapping.setDefault("key", given);
        given.push(2);
        world.check.equal(await mapping.get("key"), [1]);
        const present = await mapping.setDefault("key", []);
        present.push(3);
        world.check.equal(await mapping.get("key"), [1]);
        world.check.equal(stored.includes(3), false);
      },
    },
  ],
};

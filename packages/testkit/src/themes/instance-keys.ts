import { identity } from "@class-cache/mapping";
import type { Key } from "@class-cache/mapping";
import type { Case } from "../case.ts";
import { all } from "../world.ts";

class User {
  readonly socket = (): void => {};
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  [identity](): Key {
    return { name: this.#name };
  }
}

class Admin {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  [identity](): Key {
    return { name: this.name };
  }
}

/** Instances that declare their identity are keys. */
export const instanceKeys: readonly Case[] = [
  {
    name: "instances of one class with one identity are one key",
    async run(world) {
      const mapping = world.mapping();
      await mapping.set(new User("ann"), "one");
      await mapping.set([new User("bob"), 1], "two");
      world.check.equal(await mapping.get(new User("ann")), "one");
      world.check.equal(await mapping.get([new User("bob"), 1]), "two");
      world.check.equal(await mapping.has(new User("bob")), false);
      world.check.equal(await mapping.delete(new User("ann")), true);
    },
  },
  {
    name: "instances of two classes, and the bare identity, are different keys",
    async run(world) {
      const mapping = world.mapping();
      await mapping.set(new User("ann"), "user");
      await mapping.set(new Admin("ann"), "admin");
      await mapping.set({ name: "ann" }, "neither");
      world.check.equal(await mapping.get(new User("ann")), "user");
      world.check.equal(await mapping.get(new Admin("ann")), "admin");
      world.check.equal(await mapping.get({ name: "ann" }), "neither");
      world.check.equal(await mapping.size(), 3);
    },
  },
  {
    name: "what is listed for an instance finds its entry",
    async run(world) {
      const mapping = world.mapping();
      await mapping.set(new User("ann"), "user");
      const [key] = await all(mapping.keys());
      world.check.equal(await mapping.get(key), "user");
      world.check.equal(await mapping.delete(key), true);
      world.check.equal(await mapping.has(new User("ann")), false);
    },
  },
];

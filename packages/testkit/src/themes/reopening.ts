import { json } from "@class-cache/mapping";
import type { Backend, Key } from "@class-cache/mapping";
import type { Case, Theme } from "../case.ts";
import { within } from "../within.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";
import { keyKinds } from "./key-kinds.ts";
import { twoBackends } from "./two-backends.ts";
import { plainValues, richValues } from "./value-kinds.ts";

const HOUR_MS = 3_600_000;

/** A case that writes by one backend, closes it, and looks by another. */
function reopened(
  name: string,
  write: (backend: Backend, id: string, world: World) => Promise<unknown>,
  look: (backend: Backend, id: string, world: World) => Promise<void>,
  more: Case["needs"] = [],
): Case {
  return {
    name,
    needs: ["reopens", ...more],
    async run(world) {
      const id = world.id("mapping");
      const first = world.backend();
      await write(first, id, world);
      await within(first.close(), "the end of close()");
      await look(world.backend(), id, world);
    },
  };
}

const many = Array.from({ length: 300 }, (_, key): [number, string] => [
  key,
  `${key} ${"v".repeat((key * 37) % 4000)}`,
]);

const valuesOf = (kinds: typeof plainValues, needs: Case["needs"]): Case =>
  reopened(
    needs?.includes("richValues") ? "values of all kinds are there" : "plain values are there",
    (backend, id) => backend.open(id).setMany(kinds),
    async (backend, id, world) => {
      const mapping = backend.open(id);
      for (const [name, value] of kinds) world.check.equal(await mapping.get(name), value, name);
    },
    needs,
  );

/** What a store keeps while no backend is open. */
export const reopening: Theme = {
  name: "reopening",
  cases: [
    reopened(
      "every acknowledged write is there",
      async (backend, id) => {
        const mapping = backend.open<number, string>(id);
        for (const [key, value] of many) await mapping.set(key, value);
      },
      async (backend, id, { check }) => {
        const mapping = backend.open<number, string>(id);
        check.equal(await mapping.size(), many.length);
        check.sameMembers(await all(mapping), many);
        for (const [key, value] of many) check.equal(await mapping.get(key), value);
      },
    ),
    reopened(
      "what was written at once and not awaited one by one is there",
      async (backend, id) => {
        const mapping = backend.open<number, string>(id);
        await Promise.all(many.map(([key, value]) => mapping.set(key, value)));
      },
      async (backend, id, { check }) => check.sameMembers(await all(backend.open(id)), many),
    ),
    reopened(
      "what was written in bulk is there",
      (backend, id) => backend.open<number, string>(id).setMany(many),
      async (backend, id, { check }) => check.sameMembers(await all(backend.open(id)), many),
    ),
    reopened(
      "the last value of a key is there",
      async (backend, id) => {
        const mapping = backend.open(id);
        for (let round = 0; round < 30; round += 1) await mapping.set("a", "v".repeat(round * 900));
      },
      async (backend, id, { check }) => {
        check.equal(await all(backend.open(id)), [["a", "v".repeat(29 * 900)]]);
      },
    ),
    reopened(
      "what was deleted or popped is not there",
      async (backend, id) => {
        const mapping = backend.open<number, string>(id);
        await mapping.setMany(many);
        await mapping.delete(0);
        await mapping.pop(1);
        await mapping.deleteMany([2, 3]);
      },
      async (backend, id, { check }) => {
        check.sameMembers(await all(backend.open(id)), many.slice(4));
      },
    ),
    reopened(
      "what was cleared is not there, what was written after it is",
      async (backend, id) => {
        const mapping = backend.open(id);
        await mapping.setMany(many);
        await mapping.clear();
        await mapping.set(5, "after");
      },
      async (backend, id, { check }) => check.equal(await all(backend.open(id)), [[5, "after"]]),
    ),
    reopened(
      "what setDefault stored is there",
      async (backend, id) => {
        const mapping = backend.open(id);
        await mapping.setDefault("a", 1);
        await mapping.setDefault("a", 2);
      },
      async (backend, id, { check }) => check.equal(await backend.open(id).setDefault("a", 3), 1),
    ),
    reopened(
      "what prune left is there",
      async (backend, id) => {
        const mapping = backend.open<number, string>(id);
        await mapping.setMany(many);
        await mapping.prune({ maxEntries: 10 });
      },
      async (backend, id, { check }) => check.equal(await backend.open(id).size(), 10),
    ),
    reopened(
      "keys of all kinds are there",
      (backend, id) => backend.open(id).setMany(keyKinds.map(([name, key]) => [key, name])),
      async (backend, id, { check }) => {
        const mapping = backend.open(id);
        for (const [name, key] of keyKinds) check.equal(await mapping.get(key), name);
        check.sameMembers(
          await all(mapping.keys()),
          keyKinds.map(([, key]): Key => key),
        );
      },
    ),
    valuesOf(plainValues, []),
    valuesOf(richValues, ["richValues"]),
    reopened(
      "expiry, cost and the time of storing are kept",
      async (backend, id, world) => {
        const expiresAt = world.time.now() + HOUR_MS;
        await backend.open(id).set("a", "value", { expiresAt, cost: 12.5 });
        const entry = await backend.open(id).lookup("a");
        await backend.open(id).set("told", [entry?.storedAt, expiresAt]);
      },
      async (backend, id, { check }) => {
        const mapping = backend.open(id);
        const [storedAt, expiresAt] = (await mapping.get("told")) as number[];
        check.fields(await mapping.lookup("a"), {
          value: "value",
          storedAt,
          expiresAt,
          cost: 12.5,
        });
      },
    ),
    reopened(
      "entries expire while nobody has the store open",
      async (backend, id, world) => {
        const mapping = backend.open(id);
        await mapping.set("gone", 1, { expiresAt: world.time.now() + 15 });
        await mapping.set("kept", 1, { expiresAt: world.time.now() + HOUR_MS });
        await world.time.pass(15);
      },
      async (backend, id, { check }) => {
        check.equal(await backend.open(id).has("gone"), false);
        check.equal(await all(backend.open(id)), [["kept", 1]]);
      },
    ),
    reopened(
      "the ids of mappings are kept, those of dropped ones are not",
      async (backend, id, world) => {
        await backend.open(id).set("a", 1);
        await backend.open(world.id("dropped")).set("a", 1);
        await backend.drop(world.id("dropped"));
      },
      async (backend, id, world) => {
        const found = await all(backend.ids());
        world.check.ok(found.includes(id), "an id is not there");
        world.check.ok(!found.includes(world.id("dropped")), "a dropped id is there");
        world.check.equal(await backend.open(world.id("dropped")).size(), 0);
      },
    ),
    reopened(
      "a mapping written with a codec of its own is read with it",
      (backend, id) => backend.open(id, { codec: json() }).set("a", { plain: [1] }),
      async (backend, id, { check }) => {
        const mapping = backend.open(id, { codec: json() });
        check.equal(await mapping.get("a"), { plain: [1] });
      },
    ),
    {
      name: "a store is opened and closed again and again",
      needs: ["reopens"],
      async run(world) {
        const id = world.id("mapping");
        for (let round = 0; round < 8; round += 1) {
          const backend = world.backend();
          const mapping = backend.open<number, number>(id);
          world.check.equal(await mapping.size(), round);
          await mapping.set(round, round);
          await mapping.set(0, round);
          await backend.close();
        }
      },
    },
    {
      name: "a store that was closed without a write opens",
      needs: ["reopens"],
      async run(world) {
        const id = world.id("mapping");
        const first = world.backend();
        world.check.equal(await first.open(id).size(), 0);
        await first.close();
        const second = world.backend().open(id);
        await second.set("a", 1);
        world.check.equal(await second.get("a"), 1);
      },
    },
    {
      name: "limits count what was there before",
      needs: ["reopens", "options"],
      async run(world) {
        const id = world.id("mapping");
        const first = world.backend();
        await first.open<number, number>(id).setMany(many.slice(0, 40).map(([key]) => [key, key]));
        await first.close();
        await world.time.pass(1);
        const mapping = world.backend({ maxEntries: 50 }).open<number, number>(id);
        for (let key = 100; key < 130; key += 1) await mapping.set(key, key);
        const size = await mapping.size();
        world.check.ok(size <= 53, `${size} entries, of 50 allowed`);
        world.check.equal(await mapping.get(129), 129);
      },
    },
    ...twoBackends,
  ],
};

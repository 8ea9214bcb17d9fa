import type { Key, MutableMapping } from "@class-cache/mapping";
import type { Case, Theme } from "../case.ts";
import { within } from "../within.ts";
import { all } from "../world.ts";
import { closed, operations } from "./closed.ts";

const firsts = operations.map(([name, operate]): Case => ({
  name: `${name} may be the first operation of a mapping just opened`,
  async run(world) {
    const backend = world.backend();
    await operate(backend.open(world.id("mapping")));
  },
}));

/** Waits for operations that a close met under way: each comes to its end, or is refused. */
async function settled(pending: readonly Promise<unknown>[]): Promise<readonly boolean[]> {
  const outcomes = await within(Promise.allSettled(pending), "the end of operations under way");
  return outcomes.map((outcome) => {
    if (outcome.status === "fulfilled") return true;
    const { code } = outcome.reason as { code?: unknown };
    if (code !== "ERR_CLOSED") throw outcome.reason;
    return false;
  });
}

/** What opening and closing promise. */
export const lifecycle: Theme = {
  name: "lifecycle",
  cases: [
    ...firsts,
    {
      name: "operations begun at once on a mapping just opened all work",
      async run(world) {
        const mapping: MutableMapping<Key, unknown> = world.mapping();
        const [, , read, found, size] = await Promise.all([
          mapping.set("a", 1),
          mapping.setMany([["b", 2]]),
          mapping.get("none"),
          mapping.has("none"),
          mapping.size(),
          all(mapping),
          mapping.delete("none"),
        ]);
        world.check.equal([read, found], [undefined, false]);
        world.check.ok((size as number) <= 2, `a size of ${String(size)}`);
        world.check.equal(await mapping.getMany(["a", "b"]), [1, 2]);
      },
    },
    {
      name: "mappings opened at once all work",
      async run(world) {
        const backend = world.backend();
        const ids = Array.from({ length: 12 }, (_, at) => world.id(`${at % 4}`));
        await Promise.all(ids.map((id, at) => backend.open(id).set(at, at)));
        for (const [at, id] of ids.entries()) {
          world.check.equal(await backend.open(id).get(at), at);
          world.check.equal(await backend.open(id).size(), 3);
        }
      },
    },
    ...closed,
    {
      name: "closing a mapping twice does nothing",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        await Promise.all([mapping.close(), mapping.close()]);
        await mapping.close();
        await mapping[Symbol.asyncDispose]();
      },
    },
    {
      name: "closing a backend twice does nothing",
      async run(world) {
        const backend = world.backend();
        await backend.open(world.id("mapping")).set("a", 1);
        await Promise.all([backend.close(), backend.close()]);
        await backend.close();
        await backend[Symbol.asyncDispose]();
      },
    },
    {
      name: "what was never used closes",
      async run(world) {
        const backend = world.backend();
        const mapping = backend.open(world.id("mapping"));
        await mapping.close();
        await backend.close();
        await world.backend().close();
      },
    },
    {
      name: "a mapping of a closed backend closes",
      async run(world) {
        const backend = world.backend();
        const mapping = backend.open(world.id("mapping"));
        await mapping.set("a", 1);
        await backend.close();
        await mapping.close();
      },
    },
    {
      name: "disposing of a mapping closes it",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        await mapping[Symbol.asyncDispose]();
        await world.check.refuses(() => mapping.get("a"), "ERR_CLOSED");
      },
    },
    {
      name: "disposing of a backend closes it and its mappings",
      async run(world) {
        const backend = world.backend();
        const mapping = backend.open(world.id("mapping"));
        await backend[Symbol.asyncDispose]();
        await world.check.refuses(() => mapping.get("a"), "ERR_CLOSED");
        await world.check.refuses(() => backend.open("id"), "ERR_CLOSED");
      },
    },
    {
      name: "closing one handle leaves the entries and the other handles",
      async run(world) {
        const backend = world.backend();
        const id = world.id("mapping");
        const [one, other] = [backend.open(id), backend.open(id)];
        await one.set("a", 1);
        await one.close();
        world.check.equal(await other.get("a"), 1);
        await other.set("b", 2);
        world.check.equal(await other.size(), 2);
      },
    },
    {
      name: "a mapping that was closed can be opened again",
      async run(world) {
        const backend = world.backend();
        const id = world.id("mapping");
        for (let round = 0; round < 5; round += 1) {
          const mapping = backend.open<number, number>(id);
          world.check.equal(await mapping.size(), round);
          await mapping.set(round, round);
          await mapping.close();
        }
        world.check.equal((await all(backend.open(id))).length, 5);
      },
    },
    {
      name: "operations under way when a mapping closes end or are refused",
      async run(world) {
        const backend = world.backend();
        const id = world.id("mapping");
        const mapping = backend.open<number, string>(id);
        const writes = Array.from({ length: 40 }, (_, key) =>
          mapping.set(key, "v".repeat(key * 900)),
        );
        const pending = [...writes, mapping.size(), mapping.get(1), all(mapping)];
        const closing = mapping.close();
        const ended = await settled(pending);
        await within(closing, "the end of close()");
        const again = backend.open<number, string>(id);
        for (const key of writes.keys()) {
          const value = await again.get(key);
          const isWhole = value === undefined ? !ended[key] : value === "v".repeat(key * 900);
          world.check.ok(
            isWhole,
            `the write of ${key} was acknowledged and is not there, or is torn`,
          );
        }
      },
    },
    {
      name: "operations under way when a backend closes end or are refused",
      async run(world) {
        const backend = world.backend();
        const mapping = backend.open<number, string>(world.id("mapping"));
        await mapping.set(1000, "first");
        const pending = [
          ...Array.from({ length: 40 }, (_, key) => mapping.set(key, "v".repeat(key * 900))),
          mapping.getMany([1000, 1]),
          mapping.deleteMany([1000]),
          mapping.prune(),
          all(mapping),
        ];
        const closing = backend.close();
        await settled(pending);
        await within(closing, "the end of close()");
        await world.check.refuses(() => mapping.get(1), "ERR_CLOSED");
      },
    },
  ],
};

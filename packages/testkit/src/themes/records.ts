import { randomBytes } from "node:crypto";
import type { Key, RecordInfo } from "@class-cache/mapping";
import type { Theme } from "../case.ts";
import { all } from "../world.ts";

const HOUR_MS = 3_600_000;

/** What `records()` and `lookup()` tell about entries. */
export const records: Theme = {
  name: "records",
  cases: [
    {
      name: "records tell expiry and cost",
      async run(world) {
        const mapping = world.mapping<string>();
        const expiresAt = world.time.now() + HOUR_MS;
        await mapping.set("a", "x", { expiresAt, cost: 7.5 });
        await mapping.set("b", "y");
        const [a, b] = byKey(await all(mapping.records()));
        world.check.fields(a, { key: "a", expiresAt, cost: 7.5 });
        world.check.fields(b, { key: "b", expiresAt: undefined, cost: undefined });
      },
    },
    {
      name: "an entry tells when it was stored, by the clock",
      async run(world) {
        const mapping = world.mapping();
        const before = world.time.now();
        await mapping.set("a", 1);
        const after = world.time.now();
        const storedAt = (await mapping.lookup("a"))?.storedAt ?? Number.NaN;
        world.check.ok(before <= storedAt && storedAt <= after, `storedAt is ${storedAt}`);
        world.check.fields((await all(mapping.records()))[0], { key: "a", storedAt });
      },
    },
    {
      name: "each entry has the moment of its own write",
      async run(world) {
        const mapping = world.mapping<string>();
        await mapping.set("a", 1);
        await world.time.pass(10);
        await mapping.setMany([["b", 1]]);
        await world.time.pass(10);
        await mapping.setDefault("c", 1);
        const times = byKey(await all(mapping.records())).map(({ storedAt }) => storedAt);
        const [a = 0, b = 0, c = 0] = times;
        world.check.ok(b - a >= 10 && c - b >= 10, `stored at ${times.join(", ")}`);
      },
    },
    {
      name: "a write anew is stored anew",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        const first = (await mapping.lookup("a"))?.storedAt ?? Number.NaN;
        await world.time.pass(10);
        await mapping.set("a", 1);
        const second = (await mapping.lookup("a"))?.storedAt ?? Number.NaN;
        world.check.ok(second - first >= 10, `stored at ${first}, then at ${second}`);
        world.check.fields((await all(mapping.records()))[0], { storedAt: second });
      },
    },
    {
      name: "reading does not change when an entry was stored",
      async run(world) {
        const mapping = world.mapping();
        await mapping.set("a", 1);
        const first = await mapping.lookup("a");
        await world.time.pass(10);
        await mapping.get("a");
        await mapping.has("a");
        await mapping.setDefault("a", 2);
        world.check.fields(await mapping.lookup("a"), { storedAt: first?.storedAt });
      },
    },
    {
      name: "every value takes bytes, larger ones more",
      async run(world) {
        const mapping = world.mapping<number, string>();
        for (const size of [1, 100, 10_000, 100_000]) {
          await mapping.set(size, randomBytes(size).toString("hex"));
        }
        const found = (await all(mapping.records())).toSorted((a, b) => a.key - b.key);
        const bytes = found.map((record) => record.bytes);
        world.check.equal(bytes.length, 4);
        world.check.ok((bytes[0] ?? 0) > 0, "a value takes no bytes");
        for (const [at, size] of bytes.entries()) {
          world.check.ok(at === 0 || size > (bytes[at - 1] as number), `sizes are ${bytes.join()}`);
        }
      },
    },
    {
      name: "a smaller value written over a larger one takes its own bytes",
      async run(world) {
        const mapping = world.mapping<string>();
        await mapping.set("a", "x");
        await mapping.set("b", randomBytes(20_000).toString("hex"));
        await mapping.set("b", "x");
        const [a, b] = byKey(await all(mapping.records()));
        // Encrypted and compressed values need not be of one length.
        world.check.ok(
          (b?.bytes ?? 0) < (a?.bytes ?? 0) + 1000,
          `${a?.bytes} and ${b?.bytes} bytes`,
        );
      },
    },
    {
      name: "there is a record for each entry, and none for what was deleted",
      async run(world) {
        const mapping = world.mapping<string, number>();
        for (const key of ["a", "b", "c", "d"]) await mapping.set(key, 1);
        await mapping.delete("b");
        await mapping.pop("c");
        await mapping.set("a", 2);
        const keys = (await all(mapping.records())).map(({ key }) => key);
        world.check.equal(keys.toSorted(), ["a", "d"]);
      },
    },
    {
      name: "the keys of records are those that were set",
      async run(world) {
        const mapping = world.mapping();
        const keys: Key[] = [1, "1", [1, { a: 1n }], new Map([["a", new Date(5)]])];
        for (const key of keys) await mapping.set(key, 1);
        const found = (await all(mapping.records())).map(({ key }) => key);
        world.check.sameMembers(found, keys);
      },
    },
    {
      name: "records sum up to what prune reports",
      async run(world) {
        const mapping = world.mapping<number, string>();
        for (let key = 0; key < 20; key += 1) await mapping.set(key, "v".repeat(key * key * 50));
        const found = await all(mapping.records());
        const bytes = found.reduce((sum, record) => sum + record.bytes, 0);
        world.check.fields(await mapping.prune(), { removed: 0, expired: 0, entries: 20, bytes });
      },
    },
  ],
};

function byKey(found: readonly RecordInfo<string>[]): readonly RecordInfo<string>[] {
  return found.toSorted((one, other) => (one.key < other.key ? -1 : 1));
}

import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { MutableMapping } from "@class-cache/mapping";
import { fileBlocks } from "@class-cache/file";
import { temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

type Mapping = MutableMapping<string, Buffer>;
type Model = Map<string, Buffer>;
type Act = (mapping: Mapping, model: Model) => Promise<void>;

/** One operation, on the mapping through one of two handles and on a plain map. */
interface Operation {
  readonly handle: 0 | 1;
  readonly act: Act;
}

/** An act that a failure report can name. */
function named(name: string, act: Act): Act {
  return Object.assign(act, { [fc.toStringMethod]: () => name });
}

const brief = (k: string): string => `${k.split(" ", 1)[0]}x${k.length}`;

const key: fc.Arbitrary<string> = fc
  .record({ number: fc.nat(40), length: fc.constantFrom(1, 1, 1, 1, 100, 35_000) })
  .map(({ number, length }) => `${number} `.repeat(length));

const value: fc.Arbitrary<Buffer> = fc
  .record({
    size: fc.constantFrom(0, 1, 50, 50, 300, 300, 5000, 33_000, 100_000),
    fill: fc.nat(255),
  })
  .map(({ size, fill }) => Buffer.alloc(size, fill));

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(key, value).map(([k, v]): Act =>
      named(`set ${brief(k)} ${v.length}`, async (mapping, model) => {
        await mapping.set(k, v);
        model.set(k, v);
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: key.map((k): Act =>
      named(`delete ${brief(k)}`, async (mapping, model) => {
        expect(await mapping.delete(k)).toBe(model.delete(k));
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, value).map(([k, v]): Act =>
      named(`setDefault ${brief(k)} ${v.length}`, async (mapping, model) => {
        const present = model.get(k);
        expect((await mapping.setDefault(k, v)).equals(present ?? v)).toBe(true);
        if (present === undefined) model.set(k, v);
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.array(fc.tuple(key, value), { maxLength: 20 }).map((entries): Act =>
      named(
        `setMany ${entries.map(([k, v]) => `${brief(k)} ${v.length}`).join()}`,
        async (mapping, model) => {
          await mapping.setMany(entries);
          for (const [k, v] of entries) model.set(k, v);
        },
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.array(key).map((keys): Act =>
      named(`deleteMany ${keys.map(brief).join()}`, async (mapping, model) => {
        expect(await mapping.deleteMany(keys)).toBe(keys.filter((k) => model.delete(k)).length);
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant(
      named("size", async (mapping, model) => {
        expect(await mapping.size()).toBe(model.size);
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      named("iterate", async (mapping, model) => {
        const found = new Set<string>();
        for await (const [k, v] of mapping) {
          expect(found.has(k)).toBe(false);
          expect(model.get(k)?.equals(v)).toBe(true);
          found.add(k);
        }
        expect(found.size).toBe(model.size);
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      named("prune", async (mapping, model) => {
        expect(await mapping.prune()).toMatchObject({ removed: 0, entries: model.size });
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      named("clear", async (mapping, model) => {
        await mapping.clear();
        model.clear();
      }),
    ),
  },
);

const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.record({ handle: fc.constantFrom<0 | 1>(0, 1), act }),
  { minLength: 20, maxLength: 120, size: "max" },
);

describe("two handles of one store", () => {
  test(
    "do together what a plain map does",
    async () => {
      const parent = temporaryFolder();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          operations,
          fc.constantFrom(500, 4000, 40_000),
          async (all, maxBlockBytes) => {
            run += 1;
            const dir = join(parent, String(run));
            await using one = fileBlocks({ dir, maxBlockBytes });
            await using other = fileBlocks({ dir, maxBlockBytes });
            const handles = [one, other].map((backend) => backend.open<string, Buffer>("id"));
            const model: Model = new Map();
            for (const operation of all) {
              const mapping = handles[operation.handle];
              if (mapping !== undefined) await operation.act(mapping, model);
            }
            await using fresh = fileBlocks({ dir, maxBlockBytes });
            for (const mapping of [...handles, fresh.open<string, Buffer>("id")]) {
              expect(await mapping.size()).toBe(model.size);
              for (const [k, v] of model) expect((await mapping.get(k))?.equals(v)).toBe(true);
            }
          },
        ),
        { numRuns: soak ? 2000 : 15 },
      );
    },
    soak ? 3_600_000 : 120_000,
  );
});

describe("an iteration while others write", () => {
  test.each(["keys", "entries"] as const)(
    "%s: gives no key twice and misses none",
    async (what) => {
      const dir = temporaryFolder();
      await using one = fileBlocks({ dir, maxBlockBytes: 1500 });
      await using other = fileBlocks({ dir, maxBlockBytes: 1500 });
      const mapping = one.open<string, string>("id");
      const writer = other.open<string, string>("id");
      const stays = Array.from({ length: 60 }, (_, number) => `stays ${number}`);
      await mapping.setMany(stays.map((name): [string, string] => [name, "v".repeat(100)]));
      for (let round = 0; round < 2; round += 1) {
        const seen: string[] = [];
        let step = 0;
        for await (const item of what === "keys" ? mapping.keys() : mapping.entries()) {
          seen.push(typeof item === "string" ? item : item[0]);
          await writer.set(`comes ${round} ${step}`, "w".repeat(200));
          await writer.set(stays[(step * 7) % stays.length] ?? "", "overwritten");
          if (step % 3 === 0) await writer.delete(`comes ${round} ${step - 3}`);
          step += 1;
        }
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(expect.arrayContaining(stays));
      }
    },
  );

  test("goes on in the new life of a store that is cleared under way", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir, maxBlockBytes: 1500 });
    const mapping = backend.open<number, string>("id");
    await mapping.setMany(
      Array.from({ length: 50 }, (_, number): [number, string] => [number, "v".repeat(99)]),
    );
    const seen: number[] = [];
    for await (const number of mapping.keys()) {
      seen.push(number);
      if (seen.length === 5) await mapping.clear();
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(await mapping.size()).toBe(0);
  });
});

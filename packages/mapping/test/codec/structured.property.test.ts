import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { structured } from "../../src/codec/structured.ts";
import { entry } from "../support/entry.ts";
import { keys } from "../support/key-arbitrary.ts";
import { sameGraph } from "../support/same-graph.ts";

const runs = process.env.CLASS_CACHE_SOAK === "1" ? 300_000 : 2000;
const codec = structured();
const copyOf = (value: unknown): unknown =>
  codec.decode(codec.encode(value, entry) as Uint8Array, entry);

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

test.each([
  ["anything", anything],
  ["what can be a key", keys],
])("reads back %s", (_name, values: fc.Arbitrary<unknown>) => {
  fc.assert(
    fc.property(values, (value) => {
      expect(sameGraph(copyOf(value), value)).toBe(true);
    }),
    { numRuns: runs },
  );
});

test("reads back which parts are one object, and which lead back", () => {
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 4 }), fc.nat(), (parts, pick) => {
      const whole: Record<string, unknown> = { parts, again: parts.toReversed() };
      whole.self = whole;
      whole.map = new Map([[parts[pick % parts.length], whole]]);
      whole.error = new Error("with a cause", { cause: parts[0] });
      expect(sameGraph(copyOf(whole), whole)).toBe(true);
    }),
    { numRuns: runs / 4 },
  );
});

test("reads back overlapping and separate views of one memory", () => {
  const span = fc.tuple(fc.nat(32), fc.nat(32));
  const kinds = [Uint8Array, Int16Array, Float64Array, DataView, Buffer] as const;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...kinds), span), { maxLength: 5 }),
      fc.boolean(),
      (wanted, withMemory) => {
        const memory = Uint8Array.from({ length: 64 }, (_, at) => at).buffer;
        const views = wanted.map(([kind, [offset, length]]) => {
          if (kind === Buffer) return Buffer.from(memory, offset, length);
          if (kind === DataView) return new DataView(memory, offset, length);
          const size = (kind as typeof Uint8Array).BYTES_PER_ELEMENT;
          const start = offset - (offset % size);
          return new (kind as typeof Uint8Array)(memory, start, Math.floor(length / size));
        });
        const value = withMemory ? [views, memory] : [views];
        const back = copyOf(value) as [ArrayBufferView[]];
        expect(sameGraph(back, value)).toBe(true);
        for (const [at, view] of views.entries()) {
          if (view.byteLength === 0) continue;
          new Uint8Array(memory, view.byteOffset)[0] = 200;
          const copy = back[0][at] as ArrayBufferView;
          new Uint8Array(copy.buffer, copy.byteOffset)[0] = 200;
          expect(sameGraph(back, value)).toBe(true);
        }
      },
    ),
    { numRuns: runs / 5 },
  );
});

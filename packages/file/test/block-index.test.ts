import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BlockIndex, MOVED_FRAME_BYTES, POINTER_FRAME_BYTES } from "../src/block-index.ts";
import type { Place } from "../src/block-index.ts";
import { KeyHash } from "../src/key-hash.ts";

const NOW = 1000;

/** Hashes of which many lead to the same slot. */
const hash: fc.Arbitrary<KeyHash> = fc.oneof(
  fc.nat(60).map((number) => KeyHash.of(String(number))),
  fc.tuple(fc.nat(3), fc.nat(5)).map(([slot, rest]) => new KeyHash(1, slot, rest, 1)),
);

const offset = fc.integer({ min: 1, max: 1e6 }).map((block) => block * 1000);
const expires = fc.constantFrom(Infinity, Infinity, NOW - 1, NOW, NOW + 1, -Infinity);

const inBlock: fc.Arbitrary<Place> = fc.record({
  offset,
  length: fc.nat(4e9),
  valueBytes: fc.nat(4e9),
  expires,
  pointer: fc.constant(undefined),
});

const inSegment: fc.Arbitrary<Place> = fc
  .record({
    offset,
    length: fc.constantFrom(POINTER_FRAME_BYTES, MOVED_FRAME_BYTES),
    valueBytes: fc.nat(4e9),
    expires,
    pointer: fc.record({
      segment: fc.oneof(fc.nat(2 ** 48 - 1), fc.nat(3)),
      offset: fc.nat(4e9),
      length: fc.nat(4e9),
    }),
  })
  .map((place) => ({ ...place, pointer: { ...place.pointer, valueBytes: place.valueBytes } }));

const places: fc.Arbitrary<fc.Arbitrary<Place>> = fc.constantFrom(
  inBlock,
  inSegment,
  fc.oneof(inBlock, inSegment),
);

describe("the index of a block", () => {
  test("does what a map does", () => {
    const operations = places.chain((place) =>
      fc.array(fc.tuple(hash, fc.option(place)), { maxLength: 200, size: "max" }),
    );
    fc.assert(
      fc.property(operations, (operations) => {
        const index = new BlockIndex();
        const model = new Map<string, Place>();
        for (const [at, [bytes, drawn]] of operations.entries()) {
          // No two records of a log begin at one place.
          const entry = drawn && { ...drawn, offset: drawn.offset - at };
          const key = bytes.toString();
          if (entry === null) expect(index.delete(bytes)).toBe(model.delete(key));
          else {
            index.set(bytes, entry);
            model.set(key, entry);
          }
          expect(index.find(bytes)).toEqual(model.get(key));
          expect(index.offsetOf(bytes)).toBe(model.get(key)?.offset ?? 0);
          expect(index.hasLive(bytes, NOW)).toBe((model.get(key)?.expires ?? 0) > NOW);
        }
        const places = [...model.values()];
        const sum = (of: (entry: Place) => number): number =>
          places.reduce((total, entry) => total + of(entry), 0);
        for (const [key, entry] of model) expect(index.find(KeyHash.from(key))).toEqual(entry);
        expect(index.count).toBe(model.size);
        expect(index.liveBytes).toBe(sum(({ length }) => length));
        expect(index.valueBytes).toBe(sum(({ valueBytes }) => valueBytes));
        expect(index.countLive(NOW)).toBe(sum(({ expires }) => (expires > NOW ? 1 : 0)));
        const pointed = new Map<number, number>();
        for (const { pointer } of places) {
          if (pointer === undefined || pointer.length === 0) continue;
          pointed.set(pointer.segment, (pointed.get(pointer.segment) ?? 0) + pointer.length);
        }
        const found = new Map<number, number>();
        index.addPointed(found);
        expect(found).toEqual(pointed);
        const sorted = (of: readonly Place[]): number[] =>
          of.map(({ offset }) => offset).sort((a, b) => a - b);
        expect(sorted(index.places())).toEqual(sorted(places));
      }),
    );
  });
});

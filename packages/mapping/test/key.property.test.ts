import { describe, expect, test } from "@jest/globals";
import stableStringify from "fast-json-stable-stringify";
import fc from "fast-check";
import { decodeKey, encodeKey, type Key } from "../src/key.ts";
import { keys } from "./support/key-arbitrary.ts";
import { aliased, changeCount, nearMiss } from "./support/key-near-miss.ts";
import { deeplyEqual } from "./support/key-oracle.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";
const pairs = soak ? 1_000_000 : 20_000;
const some = soak ? 200_000 : 2_000;

describe("two keys have one text exactly when they are deeply equal", () => {
  test("for near misses: one small change to one part", () => {
    let equal = 0;
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat({ max: changeCount - 1 }), (key, place, change) => {
        const other = nearMiss(key, place, change);
        const same = encodeKey(key) === encodeKey(other);
        if (same) equal += 1;
        expect(same).toBe(deeplyEqual(key, other));
      }),
      { numRuns: pairs / 2 },
    );
    // Some changes must not make another key, such as those of an order.
    expect(equal).toBeGreaterThan(pairs / 40);
    expect(equal).toBeLessThan(pairs / 6);
  });

  test("for keys that have nothing to do with each other", () => {
    fc.assert(
      fc.property(keys, keys, (key, other) => {
        expect(encodeKey(key) === encodeKey(other)).toBe(deeplyEqual(key, other));
      }),
      { numRuns: pairs / 2 },
    );
  });

  test("for keys in which equal objects are one object", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const other = aliased(key);
        expect(encodeKey(other) === encodeKey(key)).toBe(deeplyEqual(other, key));
      }),
      { numRuns: some },
    );
  });
});

test("reads back as a deeply equal key with the same text", () => {
  fc.assert(
    fc.property(keys, (key) => {
      const text = encodeKey(key);
      const back = decodeKey(text);
      expect(deeplyEqual(back, key)).toBe(true);
      expect(encodeKey(back)).toBe(text);
    }),
    { numRuns: some },
  );
});

test("is a text that fast-json-stable-stringify would write", () => {
  fc.assert(
    fc.property(keys, (key) => {
      const text = encodeKey(key);
      expect(stableStringify(JSON.parse(text))).toBe(text);
    }),
    { numRuns: some },
  );
});

test("is what fast-json-stable-stringify writes for JSON without names in $", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      fc.pre(!JSON.stringify(value).includes('"$'));
      expect(encodeKey(value as Key)).toBe(stableStringify(value));
    }),
    { numRuns: some },
  );
});

test("changing one character gives another key's text or is refused as damaged", () => {
  fc.assert(
    fc.property(keys, fc.nat(), fc.string({ maxLength: 2 }), (key, at, instead) => {
      const text = encodeKey(key);
      const place = at % text.length;
      const other = text.slice(0, place) + instead + text.slice(place + 1);
      const outcome = outcomeOf(other);
      expect([other, "ERR_DAMAGED"]).toContain(outcome.text);
      expect(deeplyEqual(outcome.key, key) && outcome.text === other).toBe(other === text);
    }),
    { numRuns: some },
  );
});

function outcomeOf(text: string): { key: Key; text: string } {
  try {
    const key = decodeKey(text);
    return { key, text: encodeKey(key) };
  } catch (error) {
    return { key: undefined, text: (error as { code: string }).code };
  }
}

const unkeyable: readonly unknown[] = [
  () => 1,
  Symbol("s"),
  Promise.resolve(),
  new WeakMap(),
  new (class Session {})(),
  new Error("no"),
  new (class Tags extends Set {})(),
];

interface Holder {
  readonly step: string;
  hold(part: unknown): unknown;
}

const siblings = fc.array(keys, { maxLength: 2 });

const holders: fc.Arbitrary<Holder> = fc.oneof(
  fc.constantFrom("a", "$date", "héllo", "__proto__").map((name) => ({
    step: `.${name}`,
    hold: (part: unknown) =>
      Object.defineProperty({ zzz: 1 }, name, { value: part, enumerable: true }),
  })),
  fc.constantFrom("a b", "", "0", '"', "toString()").map((name) => ({
    step: `[${JSON.stringify(name)}]`,
    hold: (part: unknown) => ({ zzz: 1, [name]: part }),
  })),
  siblings.map((before) => ({
    step: `[${before.length}]`,
    hold: (part: unknown) => [...before, part, 1],
  })),
  siblings.map((before) => ({
    step: `[${before.length + 5}]`,
    hold: (part: unknown) => {
      const array: unknown[] = [...before];
      array[before.length + 5] = part;
      return array;
    },
  })),
  fc
    .constantFrom<[string, Key]>(['"x"', "x"], ["1n", 1n], ["NaN", Number.NaN], ["null", null])
    .map(([text, name]) => ({
      step: `.get(${text})`,
      hold: (part: unknown) => new Map<unknown, unknown>([[name, part]]),
    })),
  fc.constant({ step: ".keys()[0]", hold: (part: unknown) => new Map([[part, 1]]) }),
  fc.constant({ step: ".values()[0]", hold: (part: unknown) => new Set([part]) }),
  fc.constant({
    step: ".values()[1]",
    hold: (part: unknown) =>
      new Map([
        [1, 2],
        [{}, part],
      ] as never),
  }),
);

test("refuses what cannot be keyed, wherever it stands, and names the place", () => {
  fc.assert(
    fc.property(
      fc.array(holders, { maxLength: 6 }),
      fc.constantFrom(...unkeyable),
      (around, leaf) => {
        const key = around.reduce((part, holder) => holder.hold(part), leaf);
        const path = around.reduce((inner, holder) => holder.step + inner, "");
        expect(() => encodeKey(key as Key, { root: "args[0]" })).toThrow(
          expect.objectContaining({ code: "ERR_UNKEYABLE", path: `args[0]${path}` }),
        );
      },
    ),
    { numRuns: some / 2 },
  );
});

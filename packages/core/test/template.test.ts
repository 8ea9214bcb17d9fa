import { inspect, isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { structured } from "@class-cache/mapping";
import fc from "fast-check";
import { Template } from "../src/memo/template.ts";

const codec = structured();
const context = { id: "id", key: "key" };

function decoded(value: unknown): unknown {
  const bytes = codec.encode(value, context) as Uint8Array;
  return codec.decode(bytes, context);
}

describe("a template", () => {
  test("gives what the codec gives, or there is none", () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      maxDepth: 4,
    });
    let templates = 0;
    fc.assert(
      fc.property(value, (given) => {
        const once = decoded(given);
        const template = Template.of(once);
        if (template === undefined) return;
        templates += 1;
        const copy = template.copy();
        expect(isDeepStrictEqual(copy, decoded(given))).toBe(true);
        expect(inspect(copy, { depth: 9 })).toBe(inspect(once, { depth: 9 }));
      }),
      { numRuns: 500 },
    );
    // Some thirty, as a rule.
    expect(templates).toBeGreaterThan(5);
  });

  test("gives each reader an object of his own, down to the deepest", () => {
    const given = { list: [{ tags: ["a"] }], at: { x: -0, y: undefined, z: NaN } };
    const template = Template.of(given)!;
    given.list[0]!.tags.push("changed before");
    const first = template.copy() as typeof given;
    first.list[0]!.tags.push("b");
    first.at.x = 5;
    first.list.push({ tags: [] });
    expect(template.copy()).toStrictEqual({
      list: [{ tags: ["a"] }],
      at: { x: -0, y: undefined, z: NaN },
    });
  });

  test("is not made of what copying would change", () => {
    const shared = { a: 1 };
    const cycle: unknown[] = [];
    cycle.push(cycle);
    // eslint-disable-next-line no-sparse-arrays
    const sparse = [1, , 3];
    const others = [
      1,
      null,
      [shared, shared],
      cycle,
      sparse,
      new Map(),
      new (class Named {})(),
      Object.create(null),
      Object.freeze({}),
      JSON.parse('{"__proto__":{"a":1}}'),
      Object.assign([1], { extra: true }),
      { [Symbol("s")]: 1 },
      { deep: [{ date: new Date() }] },
      Object.defineProperty({}, "a", { get: () => 1, enumerable: true, configurable: true }),
      { f: () => 1 },
    ];
    for (const value of others) expect(Template.of(value)).toBeUndefined();
  });
});

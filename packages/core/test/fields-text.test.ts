import { describe, expect, test } from "@jest/globals";
import type { Key } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import fc from "fast-check";
import { FieldsText } from "../src/keys/fields-text.ts";
import { primitiveText } from "../src/keys/primitive-text.ts";

function isJsonPrimitive(value: unknown): boolean {
  return primitiveText(value) !== undefined;
}

describe("the text of an instance's fields", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.constant(undefined),
  );
  const names = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom("$a", "$", "a", "A", "1", "constructor"),
  );

  test("is what encodeKey gives for the same fields, on instances in any order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(names, value, { maxKeys: 6, noNullPrototype: true }), {
          minLength: 1,
        }),
        (instances) => {
          const fields = new FieldsText(new Set(), false);
          for (const instance of [...instances, ...instances]) {
            const isPrimitive = Object.values(instance).every(isJsonPrimitive);
            const expected = isPrimitive ? encodeKey(instance) : undefined;
            expect(fields.text(instance)).toBe(expected);
            expect(fields.text(instance)).toBe(expected);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("leaves transient fields out, and sees symbols", () => {
    const secret = Symbol("secret");
    const fields = new FieldsText(new Set<string | symbol>(["b", secret]), false);
    expect(fields.text({ a: 1, b: (): void => undefined })).toBe('{"a":1}');
    expect(fields.read({ a: 1, b: (): void => undefined, [secret]: 1 })).toEqual({ a: 1 });
    const other = Symbol("other");
    expect(fields.text({ a: 1, [other]: 1 })).toBeUndefined();
    expect(fields.read({ a: 1, [other]: 1 })).toEqual({ a: 1, [other]: 1 });
  });

  test("sees fields that are enumerable in a prototype as inherited ones", () => {
    const fields = new FieldsText(new Set(), false);
    const instance = Object.assign(Object.create({ inherited: 1 }) as object, { own: 2 });
    expect(fields.text(instance)).toBe('{"own":2}');
  });
});

describe("the text of a primitive", () => {
  test("is what encodeKey gives, or none", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.anything({ withBigInt: true })),
        (value) => {
          const text = primitiveText(value);
          expect(text === undefined || text === encodeKey(value as Key)).toBe(true);
        },
      ),
    );
    for (const text of ['"', "\\", "\n", "\u2028", "\ud83d\ude00", "\udead", "x".repeat(65)]) {
      expect(primitiveText(text)).toBe(encodeKey(text));
    }
    expect([primitiveText(-0), primitiveText(1e21), primitiveText(0.1)]).toEqual([
      "0",
      "1e+21",
      "0.1",
    ]);
  });
});

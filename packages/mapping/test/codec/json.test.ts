import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { json } from "../../src/codec/json.ts";
import { entry, roundTrip } from "../support/entry.ts";

test.each([
  ["null", null],
  ["a text", "text"],
  ["a lone surrogate", "a\ud800b"],
  ["a large text", "é".repeat(100_000)],
  ["a number", 1e21],
  ["an empty list", []],
  ["own __proto__", JSON.parse('{"__proto__":{"polluted":1},"a":1}')],
  ["names of all kinds", { "": 1, "a b": [{ toJSON: 1, constructor: null }] }],
])("reads back what was stored: %s", async (_name, value) => {
  expect(await roundTrip(json(), value)).toStrictEqual(value);
});

test("reads back any JSON", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ stringUnit: "binary" }), async (value) => {
      // JSON has no -0; the codec refuses it.
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(await roundTrip(json(), plain)).toStrictEqual(plain);
    }),
    { numRuns: 1000 },
  );
});

test("writes text that others can read: a byte, JSON, a line's end", () => {
  const bytes = Buffer.from(json().encode({ a: [1, "é"] }, entry) as Uint8Array);
  expect(bytes.toString("utf8")).toBe('J{"a":[1,"é"]}\n');
});

test("an object that is referred to twice comes back as two", async () => {
  const shared = {};
  const [left, right] = (await roundTrip(json(), [shared, shared])) as object[];
  expect(left).toEqual(right);
  expect(left).not.toBe(right);
});

import { types } from "node:util";
import { expect, test } from "@jest/globals";
import type { ValueCodec } from "@class-cache/mapping";
import {
  compressed,
  decodeKey,
  encodeKey,
  encrypted,
  json,
  structured,
} from "@class-cache/mapping";
import { fuzz } from "@class-cache/testkit/fuzzing";

const corpus = (name: string): URL => new URL(`corpus/${name}/`, import.meta.url);
const context = { id: "an id", key: "a key" };

/** @returns undefined when it was refused with a code */
function unlessDamaged<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_DAMAGED") return undefined;
    throw error;
  }
}

const keys = [
  "text",
  -0,
  NaN,
  5n,
  undefined,
  [1, [2], Array.from({ length: 3 }), Object.assign([], { 4: 1 })],
  { a: 1, __proto__: null, $x: [new Date(0), /a/g, new URL("x:y")] },
  new Map<unknown, unknown>([[new Set([1]), Buffer.from("b")]]),
  new Float64Array([1, NaN]),
] as const;

const words = (
  "$map $set $hole $array $null $instance $number $bigint $date $url $regexp $undefined $Buffer " +
  '$DataView $Uint8Array __proto__ constructor [ ] { } , : " \\ud800 1e400 -0 4294967295 [[[[[[[['
)
  .split(" ")
  .map((word) => Buffer.from(word));

fuzz({
  test,
  name: "texts of keys",
  corpus: corpus("keys"),
  covers: /mapping\/src\/key-(decode|encode)\.ts/,
  seeds: keys.map((key) => Buffer.from(encodeKey(key as never))),
  words,
  run(input) {
    const text = input.toString();
    unlessDamaged(() => {
      // What is a key at all is the key of that very text.
      expect(encodeKey(decodeKey(text))).toBe(text);
    });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  },
});

class Point {
  x = 1;
}

const codecs: Readonly<Record<string, ValueCodec>> = {
  structured: structured({ classes: [Point] }),
  json: json(),
  brotli: compressed(json(), { minBytes: 0 }),
  gzip: compressed(structured({ classes: [Point] }), { minBytes: 0, algorithm: "gzip" }),
  encrypted: encrypted(json(), { key: Buffer.alloc(32, 1) }),
};

const values: readonly unknown[] = [
  "text",
  "blåbær 日本語",
  Buffer.from("bytes"),
  { a: [1, 1.5, "x", null, true], b: { c: "word ".repeat(40) } },
  12345,
];
const richValues: readonly unknown[] = [
  { when: new Date(0), re: /a/g, n: 10n, u: undefined, map: new Map([[1, new Set([2])]]) },
  Object.assign([1], { 5: 2 }),
  new Float64Array([1, 2]),
  new Error("x", { cause: new Point() }),
];

for (const [name, codec] of Object.entries(codecs)) {
  const isRich = name === "structured" || name === "gzip";
  const given = isRich
    ? [...values, ...richValues]
    : values.filter((value) => !Buffer.isBuffer(value));
  fuzz({
    test,
    name: `values of the codec ${name}`,
    corpus: corpus(name),
    covers: /mapping\/src\/codec\//,
    seeds: given.map((value) => codec.encode(value, context) as Uint8Array),
    run(input) {
      const value = unlessDamaged(() => codec.decode(input, context));
      // What is too large to be read at once is told later.
      if (types.isPromise(value))
        value.catch((error: unknown) => expect(error).toMatchObject({ code: "ERR_DAMAGED" }));
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  });
}

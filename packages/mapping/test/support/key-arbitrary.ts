import fc from "fast-check";
import type { Key } from "../../src/key.ts";

/** Names with a meaning of their own, and names that look like the tags of canonical texts. */
const treacherousNames = [
  "$",
  "$$",
  "$date",
  "$$date",
  "$map",
  "$undefined",
  "$hole",
  "$null",
  "$instance",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toJSON",
  "valueOf",
  "length",
  "0",
  "1",
  "10",
  "9",
  "a b",
  "",
  "é",
];

const anyText = fc.string({ unit: "binary", maxLength: 6 });

const names = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c") },
  { weight: 2, arbitrary: fc.constantFrom(...treacherousNames) },
  { weight: 1, arbitrary: anyText },
);

const numbers = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 1e21, 1e-7, 2 ** 53, Number.NaN, Infinity, -Infinity),
  fc.double(),
  fc.integer(),
);

const texts = fc.oneof(
  fc.constantFrom("", "1", "null", "undefined", "NaN", "[1]", '{"$undefined":0}', "a", "\ud800"),
  anyText,
);

const bytes = fc.uint8Array({ maxLength: 16 });

const binaries = bytes.chain((content) => {
  const { buffer } = new Uint8Array(content);
  const whole = (size: number): ArrayBuffer =>
    buffer.slice(0, content.length - (content.length % size));
  return fc.constantFrom<Key>(
    new Uint8Array(buffer),
    new Uint8ClampedArray(buffer),
    new Int8Array(buffer),
    new Int16Array(whole(2)),
    new Uint16Array(whole(2)),
    new Int32Array(whole(4)),
    new Uint32Array(whole(4)),
    new Float32Array(whole(4)),
    new Float64Array(whole(8)),
    new BigInt64Array(whole(8)),
    new BigUint64Array(whole(8)),
    Buffer.from(content),
    new DataView(buffer),
    buffer,
  );
});

const regexps = fc
  .tuple(
    fc.constantFrom("a", "b", "", "/", "\\/", "[\\]/]", "\\n"),
    fc.constantFrom("", "g", "gi", "u"),
  )
  .chain(([source, flags]) =>
    fc
      .constantFrom(0, 1)
      .map((lastIndex) => Object.assign(new RegExp(source, flags), { lastIndex })),
  );

const leaves: fc.Arbitrary<Key> = fc.oneof(
  { weight: 3, arbitrary: numbers },
  { weight: 3, arbitrary: texts },
  { weight: 2, arbitrary: fc.constantFrom<Key>(undefined, null, true, false, 0n, 1n) },
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  regexps,
  binaries,
  fc.webUrl().map((text) => new URL(text)),
);

const properties = (part: fc.Arbitrary<Key>): fc.Arbitrary<[string, Key][]> =>
  fc.array(fc.tuple(names, part), { maxLength: 4 });

/** Defines each, so that `__proto__` becomes a property too. */
export function withProperties<T extends object>(target: T, entries: [string, unknown][]): T {
  for (const [name, value] of entries) {
    Object.defineProperty(target, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return target;
}

const hole = Symbol("hole");

function arrayOf(parts: readonly (Key | typeof hole)[]): Key[] {
  const array: Key[] = [];
  array.length = parts.length;
  parts.forEach((part, index) => {
    if (part !== hole) array[index] = part as Key;
  });
  return array;
}

function containers(part: fc.Arbitrary<Key>): fc.Arbitrary<Key> {
  const arrays = fc.array(part, { maxLength: 4 });
  const sparse = fc
    .array(fc.oneof(part, fc.constant(hole)), { maxLength: 4 })
    .map((parts) => arrayOf(parts as (Key | typeof hole)[]));
  return fc.oneof(
    { weight: 3, arbitrary: arrays },
    { weight: 3, arbitrary: properties(part).map((entries) => withProperties({}, entries)) },
    properties(part).map((entries) => withProperties(Object.create(null) as object, entries)),
    sparse,
    fc
      .tuple(sparse, fc.tuple(fc.constantFrom("x", "$x", "-1", "1.5"), part))
      .map(([array, entry]) => withProperties(array, [entry])),
    fc.array(fc.tuple(part, part), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(part, { maxLength: 3 }).map((members) => new Set(members)),
  );
}

/** Keys of every kind that can be one, class instances apart, nested up to four deep. */
export const keys: fc.Arbitrary<Key> = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof({ maxDepth: 3, depthSize: "small" }, leaves, containers(tie("key"))),
})).key;

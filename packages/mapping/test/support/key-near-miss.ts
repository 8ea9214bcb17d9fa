import { encodeKey, type Key } from "../../src/key.ts";
import { withProperties } from "./key-arbitrary.ts";
import { copy } from "./key-oracle.ts";

type Change = (part: unknown) => unknown;

/** Small changes, most of which make another key and some of which must not. */
const changes: readonly Change[] = [
  (part) => JSON.parse(encodeKey(part as Key)) as unknown,
  (part) => encodeKey(part as Key),
  (part) => (typeof part === "number" || typeof part === "bigint" ? String(part) : [part]),
  (part) => (typeof part === "number" ? part + 1 : part === undefined ? null : undefined),
  (part) =>
    Number.isSafeInteger(part) ? BigInt(part as number) : Number(typeof part === "string"),
  (part) => (Object.is(part, 0) ? -0 : part === null ? undefined : null),
  (part) =>
    typeof part === "string" ? `${part}\ud800` : part instanceof Date ? part.getTime() : {},
  (part) => (part instanceof Date ? new Date(part.getTime() + 1) : part),
  (part) => (part instanceof URL ? part.href : part),
  (part) =>
    part instanceof RegExp
      ? Object.assign(new RegExp(part.source, part.flags), { lastIndex: 1 - part.lastIndex })
      : part,
  (part) =>
    Buffer.isBuffer(part)
      ? new Uint8Array(part)
      : part instanceof Uint8Array
        ? Buffer.from(part)
        : part instanceof ArrayBuffer
          ? new DataView(part)
          : part,
  (part) => (ArrayBuffer.isView(part) ? part.buffer : part),
  (part) => (isPlain(part) ? rebuilt(part, (entries) => [...entries, ["extra", undefined]]) : part),
  (part) => (isPlain(part) ? rebuilt(part, (entries) => entries.slice(1)) : part),
  (part) => (isPlain(part) ? rebuilt(part, (entries) => entries.toReversed()) : part),
  (part) => (isPlain(part) ? rebuilt(part, (entries) => entries.map(renamed)) : part),
  (part) =>
    isPlain(part) ? withProperties(Object.create(null) as object, Object.entries(part)) : part,
  (part) => (isPlain(part) ? new Map(Object.entries(part)) : part),
  (part) => (isPlain(part) ? Object.entries(part) : part),
  (part) => (Array.isArray(part) ? withProperties({}, Object.entries(part)) : part),
  (part) => (Array.isArray(part) ? Array.from(part as unknown[]) : part),
  (part) => (Array.isArray(part) ? Object.assign([], part, { length: part.length + 1 }) : part),
  (part) => (Array.isArray(part) ? part.slice(0, -1) : part),
  (part) => (Array.isArray(part) ? part.toReversed() : part),
  (part) => (Array.isArray(part) ? new Set(part) : part),
  (part) => (Array.isArray(part) ? [...part, part[0]] : part),
  (part) => (Array.isArray(part) ? part.flat() : part),
  (part) => (part instanceof Map ? new Map([...part].toReversed()) : part),
  (part) => (part instanceof Map ? [...part] : part),
  (part) => (part instanceof Map ? new Map([...part].map(([key, value]) => [value, key])) : part),
  (part) => (part instanceof Map ? new Map([...part, [{}, 1], [{}, 2]]) : part),
  (part) => (part instanceof Map ? new Map([...part, [{}, 2], [{}, 1]]) : part),
  (part) => (part instanceof Set ? new Set([...part].toReversed()) : part),
  (part) => (part instanceof Set ? [...part] : part),
  (part) => (part instanceof Set ? new Set([...part, {}, {}]) : part),
];

/** How many different near misses `nearMiss` makes of one part. */
export const changeCount: number = changes.length;

/**
 * A copy of the key with one part changed: the first from `place` on to which the change applies, or
 * where there is none, the next change. The parts count from the innermost first one.
 */
export function nearMiss(key: Key, place: number, change: number): Key {
  let parts = 0;
  copy(key, (part) => {
    parts += 1;
    return part;
  });
  for (let skipped = 0; skipped < changeCount; skipped++) {
    let before = place % parts;
    let done = false;
    const changed = copy(key, (part) => {
      before -= 1;
      if (done || before >= 0) return part;
      const other = changes[(change + skipped) % changeCount]?.(part);
      done = !Object.is(other, part);
      return other;
    });
    if (done) return changed as Key;
  }
  throw new Error("No change applies, though some apply to everything");
}

/** A key that is deeply equal, in which equal objects are one and the same object. */
export function aliased(key: Key): Key {
  const first = new Map<string, unknown>();
  return copy(key, (part) => {
    const text = encodeKey(part as Key);
    if (!first.has(text)) first.set(text, part);
    return first.get(text);
  }) as Key;
}

function isPlain(part: unknown): part is Record<string, unknown> {
  return (
    typeof part === "object" && part !== null && Object.getPrototypeOf(part) === Object.prototype
  );
}

function rebuilt(
  part: Record<string, unknown>,
  change: (entries: [string, unknown][]) => [string, unknown][],
): object {
  return withProperties({}, change(Object.entries(part)));
}

function renamed([name, value]: [string, unknown]): [string, unknown] {
  return [name.startsWith("$") ? name.slice(1) : `$${name}`, value];
}

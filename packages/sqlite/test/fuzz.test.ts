import { expect, test } from "@jest/globals";
import { fuzz } from "@class-cache/testkit/fuzzing";
import { bodyChecksum, headChecksum } from "../src/checksum.ts";
import { idBytes, idChecksum, idOf } from "../src/id.ts";
import { decodePayload } from "../src/pages/payload.ts";
import { isLong, placeOf } from "../src/place.ts";
import { entryOf, headOf } from "../src/row.ts";

const corpus = (name: string): URL => new URL(`corpus/${name}/`, import.meta.url);

const value = Buffer.from("a value");
const record = { key: "key", bytes: value.length, storedAt: 1, expiresAt: 2, cost: undefined };
const head = headChecksum(7, record);
const sound = [1, 2, null, bodyChecksum(head, value), value, head, value.length];

/** What SQLite may give for a row: of each column anything that it has types for. */
function rowIn(input: Buffer): unknown[] {
  const row: unknown[] = [...sound];
  for (let at = 0; at + 2 <= input.length; at += 10) {
    const column = input[at]! % row.length;
    const rest = input.subarray(at + 2, at + 10);
    const number = rest.length === 8 ? rest.readDoubleLE(0) : rest.length;
    const values = [null, number, Math.trunc(number), rest, rest.toString("latin1"), undefined];
    row[column] = values[input[at + 1]! % values.length];
  }
  return row;
}

fuzz({
  test,
  name: "rows of entries",
  corpus: corpus("rows"),
  covers: /sqlite\/src\/(row|checksum)\.ts/,
  seeds: [Buffer.alloc(0), Buffer.from([0, 1, 0, 0, 0, 0, 0, 0, 240, 63]), Buffer.alloc(20, 3)],
  run(input) {
    const [storedAt, expiresAt, cost, body, stored, sum, bytes] = rowIn(input);
    const entry = entryOf([storedAt, expiresAt, cost, body, stored], 7, "key");
    const info = headOf([storedAt, expiresAt, cost, sum, bytes], 7, "key");
    // Whatever is given, what is taken for sound is what was written.
    if (entry !== undefined) {
      expect(Buffer.from(entry.value).equals(value)).toBe(true);
      expect([entry.storedAt, entry.expiresAt, entry.cost]).toEqual([1, 2, undefined]);
    }
    if (info !== undefined) expect(info).toEqual(record);
  },
});

fuzz({
  test,
  name: "names of mappings and places of keys",
  corpus: corpus("names"),
  covers: /sqlite\/src\/(id|place)\.ts/,
  seeds: [idBytes("a mapping"), Buffer.alloc(500, 97), Buffer.from([0, 216, 0, 220, 0, 216])],
  run(input) {
    const text = idOf(input, idChecksum(input));
    if (text !== undefined && input.length % 2 === 0) {
      expect(Buffer.from(idBytes(text)).equals(input)).toBe(true);
    }
    expect(idOf(input, idChecksum(input) ^ 1)).toBeUndefined();
    expect(idOf(input.toString(), 0)).toBeUndefined();
    const key = input.toString("latin1");
    expect(isLong(key) ? placeOf(key).length : placeOf(key)).toEqual(isLong(key) ? 243 : key);
  },
});

fuzz({
  test,
  name: "rows on pages",
  corpus: corpus("payloads"),
  covers: /sqlite\/src\/pages\//,
  seeds: [
    Buffer.from([6, 0, 1, 7, 18, 23, 5, 63, 240, 0, 0, 0, 0, 0, 0, 1, 2, 3, 97, 98, 99, 100, 101]),
    Buffer.from([5, 8, 9, 6, 12, 0, 0, 0, 0, 0, 0, 0, 7]),
  ],
  run(input) {
    try {
      const columns = decodePayload(input);
      expect(columns.length).toBeLessThanOrEqual(input.length);
    } catch (error) {
      // Who reads pages takes it for no row.
      expect((error as { code?: unknown; name?: unknown }).name).toBe("RangeError");
    }
  },
});

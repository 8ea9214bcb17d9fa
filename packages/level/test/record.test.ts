import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { StoredEntry } from "@class-cache/mapping";
import { decodeHead, decodeRecord, encodeHead, encodeRecord, recordSeed } from "../src/record.ts";

const seed = recordSeed("mapping");

/** Of clocks of all kinds; those of today are written shorter than others. */
const times = fc.oneof(
  fc.double({ noNaN: true, min: 0, max: 1e15 }),
  fc.integer({ min: Date.UTC(2019), max: Date.UTC(2060) }),
  fc.constantFrom(Date.UTC(2020) - 1, Date.UTC(2020), Date.UTC(2020) + 2 ** 40 - 1),
  fc.constantFrom(Date.UTC(2020) + 2 ** 40, -Infinity, -0),
);

const entries = fc.record<StoredEntry>({
  value: fc.uint8Array({ maxLength: 200 }),
  storedAt: times,
  expiresAt: fc.option(times, { nil: undefined }),
  cost: fc.option(fc.double({ noNaN: true, min: 0, max: 1e15 }), { nil: undefined }),
});

describe("a record", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(fc.string(), entries, (key, entry) => {
        const record = encodeRecord(seed, key, entry);
        const found = decodeRecord(seed, key, record);
        expect({ ...found, value: new Uint8Array(found!.value) }).toEqual(entry);
        const { storedAt, expiresAt, cost, value } = entry;
        const head = { key, bytes: value.length, storedAt, expiresAt, cost };
        expect(decodeHead(seed, key, record)).toEqual(head);
        expect(decodeHead(seed, key, encodeHead(seed, key, record))).toEqual(head);
      }),
    );
  });

  test.each([
    { storedAt: 1, expiresAt: 2, cost: 3 },
    { storedAt: Date.UTC(2030), expiresAt: undefined, cost: undefined },
    { storedAt: Date.UTC(2030), expiresAt: Date.UTC(2031), cost: 0.5 },
  ])("with any byte changed, or cut anywhere, is no record: %j", (about) => {
    const record = encodeRecord(seed, "key", { value: Buffer.from("value"), ...about });
    for (let at = 0; at < record.length; at += 1) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const changed = Buffer.from(record);
        changed[at]! ^= bit;
        expect(decodeRecord(seed, "key", changed)).toBeUndefined();
        expect(decodeHead(seed, "key", changed)).toBeUndefined();
      }
      expect(decodeRecord(seed, "key", record.subarray(0, at))).toBeUndefined();
    }
  });

  test("takes ten bytes beside its value where that is all there is to say", () => {
    const value = Buffer.from("value");
    const entry = { value, storedAt: Date.UTC(2030), expiresAt: undefined, cost: undefined };
    expect(encodeRecord(seed, "key", entry)).toHaveLength(value.length + 10);
  });

  test("of another key or mapping, or a head alone, is no entry", () => {
    const entry = { value: Buffer.from("value"), storedAt: 1, expiresAt: undefined, cost: 3 };
    const record = encodeRecord(seed, "key", entry);
    expect(decodeRecord(seed, "other key", record)).toBeUndefined();
    expect(decodeRecord(recordSeed("other"), "key", record)).toBeUndefined();
    expect(decodeRecord(seed, "key", encodeHead(seed, "key", record))).toBeUndefined();
  });
});

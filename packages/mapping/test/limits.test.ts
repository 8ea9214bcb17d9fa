import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { StoredRecord } from "@class-cache/mapping";
import { planEviction } from "@class-cache/mapping";

const NOW = 1000;

const records: fc.Arbitrary<StoredRecord[]> = fc.uniqueArray(
  fc.record({
    key: fc.string(),
    bytes: fc.nat(100),
    storedAt: fc.integer({ min: 0, max: NOW }),
    expiresAt: fc.option(fc.integer({ min: NOW - 50, max: NOW + 50 }), { nil: undefined }),
    cost: fc.constant(undefined),
  }),
  { selector: (record) => record.key },
);

const bound: fc.Arbitrary<number> = fc.oneof(fc.nat(1000), fc.constant(Infinity));

describe("an eviction plan", () => {
  test("takes what has expired and what is too old, then the oldest until the limits hold", () => {
    fc.assert(
      fc.property(records, bound, bound, bound, (all, maxBytes, maxEntries, maxAge) => {
        const plan = planEviction(all, { maxBytes, maxEntries, maxAge }, NOW);
        const gone = new Set<StoredRecord>([...plan.expired, ...plan.evicted]);
        const kept = all.filter((record) => !gone.has(record));
        expect(gone.size).toBe(plan.expired.length + plan.evicted.length);
        expect(plan.expired).toEqual(
          all.filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= NOW),
        );
        expect(plan.left.entries).toBe(kept.length);
        expect(plan.left.bytes).toBe(kept.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(plan.left.entries).toBeLessThanOrEqual(maxEntries);
        expect(plan.left.bytes).toBeLessThanOrEqual(maxBytes);
        const oldestKept = Math.min(...kept.map(({ storedAt }) => storedAt));
        for (const { storedAt } of plan.evicted) expect(storedAt).toBeLessThanOrEqual(oldestKept);
        for (const { storedAt } of kept) expect(NOW - storedAt).toBeLessThanOrEqual(maxAge);
      }),
    );
  });

  test("takes no more than it must", () => {
    const record = (key: string, storedAt: number): StoredRecord => ({
      key,
      bytes: 10,
      storedAt,
      expiresAt: undefined,
      cost: undefined,
    });
    const all = [record("c", 3), record("a", 1), record("b", 2)];
    const limits = { maxBytes: Infinity, maxEntries: Infinity, maxAge: Infinity };
    expect(planEviction(all, limits, NOW).evicted).toEqual([]);
    expect(planEviction(all, { ...limits, maxEntries: 2 }, NOW).evicted).toEqual([record("a", 1)]);
    expect(planEviction(all, { ...limits, maxBytes: 19 }, NOW).evicted).toEqual([
      record("a", 1),
      record("b", 2),
    ]);
  });
});

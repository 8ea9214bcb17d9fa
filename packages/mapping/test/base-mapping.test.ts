import { describe, expect, test } from "@jest/globals";
import type { Key, MappingSettings, StoredEntry, StoredRecord } from "@class-cache/mapping";
import { BaseMapping, ManualClock, structured } from "@class-cache/mapping";

/** Fills the hooks that have no default, and no other. */
class SmallestMapping<K extends Key, V> extends BaseMapping<K, V> {
  readonly entries_: Map<string, StoredEntry> = new Map();
  compactions = 0;

  protected _lookup(key: string): StoredEntry | undefined {
    return this.entries_.get(key);
  }

  protected _set(key: string, entry: StoredEntry): void {
    this.entries_.set(key, entry);
  }

  protected async _delete(key: string, now: number): Promise<boolean> {
    const entry = this.entries_.get(key);
    this.entries_.delete(key);
    return entry !== undefined && (entry.expiresAt ?? Infinity) > now;
  }

  protected _clear(): void {
    this.entries_.clear();
  }

  protected async *_records(): AsyncIterable<StoredRecord> {
    for (const [key, { value, ...entry }] of this.entries_) {
      yield { key, bytes: value.byteLength, ...entry };
    }
  }

  protected async _evict(records: readonly StoredRecord[]): Promise<void> {
    for (const { key } of records) this.entries_.delete(key);
  }

  protected override _compact(): void {
    this.compactions += 1;
  }
}

function smallest(): {
  mapping: SmallestMapping<Key, unknown>;
  clock: ManualClock;
  errors: Error[];
} {
  const clock = new ManualClock();
  const errors: Error[] = [];
  const settings: MappingSettings = {
    codec: structured(),
    clock,
    onError: (error) => errors.push(error),
    lifetime: { ended: false },
  };
  return { mapping: new SmallestMapping("id", settings), clock, errors };
}

describe("a mapping that fills only the hooks without a default", () => {
  test("has every operation", async () => {
    const { mapping, clock } = smallest();
    await mapping.setMany([
      ["a", 1],
      ["b", 2],
    ]);
    await mapping.set("c", 3, { expiresAt: clock.now() + 1 });
    clock.advance(1);
    expect(await mapping.getMany(["b", "c", "a"])).toEqual([2, undefined, 1]);
    expect(await mapping.hasMany(["a", "c"])).toEqual([true, false]);
    expect(await mapping.size()).toBe(2);
    expect(await mapping.setDefault("a", 9)).toBe(1);
    expect(await mapping.setDefault("c", 9)).toBe(9);
    expect(await mapping.pop("c")).toBe(9);
    expect(await mapping.deleteMany(["a", "none"])).toBe(1);
    expect(await mapping.prune({ maxEntries: 0 })).toMatchObject({ removed: 1, entries: 0 });
    expect(mapping.compactions).toBe(1);
  });

  test("answers bytes that are no value with a miss, and reports them", async () => {
    const { mapping, errors } = smallest();
    await mapping.set("a", 1);
    const [text, entry] = [...mapping.entries_][0] ?? [];
    if (text === undefined || entry === undefined) throw new Error("Nothing was stored.");
    mapping.entries_.set(text, { ...entry, value: Buffer.from("no value") });
    expect(await mapping.get("a")).toBeUndefined();
    expect(await mapping.lookup("a")).toBeUndefined();
    expect(await mapping.getMany(["a"])).toEqual([undefined]);
    expect(errors).toHaveLength(3);
    expect(errors[0]).toMatchObject({ code: "ERR_DAMAGED" });
    for await (const pair of mapping) expect(pair).toBeUndefined();
    expect(await mapping.setDefault("a", 2)).toBe(2);
    expect(await mapping.get("a")).toBe(2);
  });

  test("an iteration ends with an error when the mapping is closed under way", async () => {
    const { mapping } = smallest();
    await mapping.setMany([
      ["a", 1],
      ["b", 2],
    ]);
    const keys = mapping.keys();
    await keys.next();
    await mapping.close();
    await expect(keys.next()).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});

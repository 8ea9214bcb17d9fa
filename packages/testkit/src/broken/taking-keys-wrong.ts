import type { Entry, Key, RecordInfo, SetOptions } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenMapping } from "./broken-backend.ts";
import { ForwardingMapping } from "./forwarding-mapping.ts";

/** Takes every key for another one. */
abstract class Rekeyed extends ForwardingMapping {
  protected abstract rekey(key: Key): Key;
  /** The key that is told for one that was stored. */
  protected unkey(key: Key): Key {
    return key;
  }

  override get(key: Key): Promise<unknown> {
    return super.get(this.rekey(key));
  }

  override lookup(key: Key): Promise<Entry<unknown> | undefined> {
    return super.lookup(this.rekey(key));
  }

  override has(key: Key): Promise<boolean> {
    return super.has(this.rekey(key));
  }

  override set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
    return super.set(this.rekey(key), value, options);
  }

  override delete(key: Key): Promise<boolean> {
    return super.delete(this.rekey(key));
  }

  override getMany(keys: Iterable<Key>): Promise<unknown[]> {
    return super.getMany(Array.from(keys, (key) => this.rekey(key)));
  }

  override hasMany(keys: Iterable<Key>): Promise<boolean[]> {
    return super.hasMany(Array.from(keys, (key) => this.rekey(key)));
  }

  override setMany(
    entries: Iterable<readonly [Key, unknown]>,
    options?: SetOptions,
  ): Promise<void> {
    return super.setMany(
      Array.from(entries, ([key, value]) => [this.rekey(key), value] as const),
      options,
    );
  }

  override deleteMany(keys: Iterable<Key>): Promise<number> {
    return super.deleteMany(Array.from(keys, (key) => this.rekey(key)));
  }

  override pop(key: Key): Promise<unknown> {
    return super.pop(this.rekey(key));
  }

  override setDefault(key: Key, value: unknown): Promise<unknown> {
    return super.setDefault(this.rekey(key), value);
  }

  override async *keys(): AsyncIterableIterator<Key> {
    for await (const key of super.keys()) yield this.unkey(key);
  }

  override async *entries(): AsyncIterableIterator<[Key, unknown]> {
    for await (const [key, value] of super.entries()) yield [this.unkey(key), value];
  }

  override async *records(): AsyncIterableIterator<RecordInfo<Key>> {
    for await (const record of super.records()) yield { ...record, key: this.unkey(record.key) };
  }
}

function isObject(key: Key): key is Record<string, unknown> {
  return typeof key === "object" && key !== null && Object.getPrototypeOf(key) === Object.prototype;
}

/** Keys that are taken for others, or not for the same. */
export const takingKeysWrong: readonly BrokenBackend[] = [
  brokenMapping(
    "numbers-are-texts",
    'a number is taken for its text: 1 for "1"',
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return typeof key === "number" ? String(key) : key;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "bigints-are-numbers",
    "a bigint is taken for a number",
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return typeof key === "bigint" ? Number(key) : key;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "order-of-properties-counts",
    "objects with their properties in another order are other keys",
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return isObject(key) ? ["order", Object.keys(key), key] : key;
      }

      protected override unkey(key: Key): Key {
        return Array.isArray(key) && key[0] === "order" ? (key[2] as Key) : key;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "sets-are-lists",
    "a Set is taken for a list of its members",
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return key instanceof Set ? ([...key] as Key) : key;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "unicode-is-normalized",
    "texts that are written differently and look alike are one key",
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return typeof key === "string" ? key.normalize("NFC") : key;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "cuts-long-keys",
    "of a long text the beginning alone is compared",
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return typeof key === "string" ? key.slice(0, 1000) : key;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "undefined-is-null",
    "undefined is taken for null",
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return key === undefined ? null : key;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "takes-any-key",
    "what cannot be a key is taken for its text",
    "keys",
    class extends Rekeyed {
      protected rekey(key: Key): Key {
        return typeof key === "function" ? String(key) : key;
      }
    } as typeof ForwardingMapping,
  ),
];

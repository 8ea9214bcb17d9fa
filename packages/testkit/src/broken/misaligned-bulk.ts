import type { Key, SetOptions } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenMapping } from "./broken-backend.ts";
import { ForwardingMapping } from "./forwarding-mapping.ts";

/** Bulk operations, `pop` and `setDefault` that do not do what single operations would. */
export const misalignedBulk: readonly BrokenBackend[] = [
  brokenMapping(
    "misaligns-get-many",
    "getMany leaves absent keys out",
    "bulk",
    class extends ForwardingMapping {
      override async getMany(keys: Iterable<Key>): Promise<unknown[]> {
        return (await super.getMany(keys)).filter((value) => value !== undefined);
      }
    },
  ),
  brokenMapping(
    "get-many-once",
    "getMany answers a key that is asked for twice once",
    "bulk",
    class extends ForwardingMapping {
      override getMany(keys: Iterable<Key>): Promise<unknown[]> {
        return super.getMany(new Set(keys));
      }
    },
  ),
  brokenMapping(
    "set-many-first-wins",
    "of a key given twice to setMany the first value stays",
    "bulk",
    class extends ForwardingMapping {
      override setMany(
        entries: Iterable<readonly [Key, unknown]>,
        options?: SetOptions,
      ): Promise<void> {
        return super.setMany([...entries].toReversed(), options);
      }
    },
  ),
  brokenMapping(
    "set-many-in-part",
    "a setMany that is refused leaves what came before",
    "bulk",
    class extends ForwardingMapping {
      override async setMany(
        entries: Iterable<readonly [Key, unknown]>,
        options?: SetOptions,
      ): Promise<void> {
        for (const [key, value] of entries) await this.set(key, value, options);
      }
    },
  ),
  brokenMapping(
    "set-many-loses-options",
    "setMany passes its options over",
    "options of set",
    class extends ForwardingMapping {
      override setMany(entries: Iterable<readonly [Key, unknown]>): Promise<void> {
        return super.setMany(entries);
      }
    },
  ),
  brokenMapping(
    "delete-many-counts-keys",
    "deleteMany counts the keys that it was given",
    "bulk",
    class extends ForwardingMapping {
      override async deleteMany(keys: Iterable<Key>): Promise<number> {
        const given = [...keys];
        await super.deleteMany(given);
        return given.length;
      }
    },
  ),
  brokenMapping(
    "pop-leaves",
    "pop gives the value and leaves the entry",
    "pop and setDefault",
    class extends ForwardingMapping {
      override pop(key: Key): Promise<unknown> {
        return super.get(key);
      }
    },
  ),
  brokenMapping(
    "pop-gives-truth",
    "pop gives whether there was an entry, not its value",
    "pop and setDefault",
    class extends ForwardingMapping {
      override pop(key: Key): Promise<unknown> {
        return super.delete(key);
      }
    },
  ),
  brokenMapping(
    "set-default-overwrites",
    "setDefault writes over what is there",
    "pop and setDefault",
    class extends ForwardingMapping {
      override async setDefault(key: Key, value: unknown): Promise<unknown> {
        await super.set(key, value);
        return value;
      }
    },
  ),
  brokenMapping(
    "set-default-gives-argument",
    "setDefault gives its argument where an entry is there",
    "pop and setDefault",
    class extends ForwardingMapping {
      override async setDefault(key: Key, value: unknown): Promise<unknown> {
        await super.setDefault(key, value);
        return value;
      }
    },
  ),
  brokenMapping(
    "set-default-races",
    "setDefault looks, and writes a moment later",
    "pop and setDefault",
    class extends ForwardingMapping {
      override async setDefault(key: Key, value: unknown): Promise<unknown> {
        const entry = await super.lookup(key);
        if (entry !== undefined) return entry.value;
        await super.set(key, value);
        return value;
      }
    },
  ),
];

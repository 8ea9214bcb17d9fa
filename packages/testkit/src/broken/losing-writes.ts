import type { Key, SetOptions } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenMapping } from "./broken-backend.ts";
import { ForwardingMapping } from "./forwarding-mapping.ts";

const LARGE = 30_000;

/** Writes and deletes that do not do, or undo, what they say. */
export const losingWrites: readonly BrokenBackend[] = [
  brokenMapping(
    "drops-writes",
    "every seventh write is acknowledged and not made",
    "basics",
    class extends ForwardingMapping {
      #writes = 0;

      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        this.#writes += 1;
        if (this.#writes % 7 !== 0) await super.set(key, value, options);
      }
    },
  ),
  brokenMapping(
    "keeps-first-value",
    "a write over an entry that is there is not made",
    "basics",
    class extends ForwardingMapping {
      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        if (!(await this.has(key))) await super.set(key, value, options);
      }
    },
  ),
  brokenMapping(
    "cuts-large-values",
    "a text that is large is cut",
    "values",
    class extends ForwardingMapping {
      override set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        const isLarge = typeof value === "string" && value.length > LARGE;
        return super.set(key, isLarge ? value.slice(0, LARGE) : value, options);
      }
    },
  ),
  brokenMapping(
    "deletes-nothing",
    "delete says that it deleted, and does not",
    "basics",
    class extends ForwardingMapping {
      override delete(key: Key): Promise<boolean> {
        return this.has(key);
      }
    },
  ),
  brokenMapping(
    "delete-always-true",
    "delete says that it deleted when there was nothing",
    "basics",
    class extends ForwardingMapping {
      override async delete(key: Key): Promise<boolean> {
        await super.delete(key);
        return true;
      }
    },
  ),
  brokenMapping(
    "resurrects-deletes",
    "what was deleted comes back with a later prune",
    "basics",
    class extends ForwardingMapping {
      readonly #graves: [Key, unknown][] = [];

      override async delete(key: Key): Promise<boolean> {
        this.#graves.push([key, await this.get(key)]);
        return super.delete(key);
      }

      override async prune(
        ...limits: Parameters<ForwardingMapping["prune"]>
      ): ReturnType<ForwardingMapping["prune"]> {
        const [grave] = this.#graves;
        if (grave !== undefined) await this.set(...grave);
        return super.prune(...limits);
      }
    },
  ),
  brokenMapping(
    "loses-after-delete",
    "a key that was deleted once cannot be set again",
    "basics",
    class extends ForwardingMapping {
      readonly #deleted = new Set<Key>();

      override delete(key: Key): Promise<boolean> {
        this.#deleted.add(key);
        return super.delete(key);
      }

      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        if (!this.#deleted.has(key)) await super.set(key, value, options);
      }
    },
  ),
  brokenMapping(
    "clear-keeps-some",
    "clear leaves the entry that was written last",
    "basics",
    class extends ForwardingMapping {
      override async clear(): Promise<void> {
        let last: [Key, unknown] | undefined;
        for await (const entry of this.entries()) last = entry;
        await super.clear();
        if (last !== undefined) await this.set(...last);
      }
    },
  ),
  brokenMapping(
    "size-counts-writes",
    "a write over an entry counts as one more",
    "basics",
    class extends ForwardingMapping {
      #over = 0;

      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        if (await this.has(key)) this.#over += 1;
        await super.set(key, value, options);
      }

      override async clear(): Promise<void> {
        this.#over = 0;
        await super.clear();
      }

      override async size(): Promise<number> {
        return (await super.size()) + this.#over;
      }
    },
  ),
  brokenMapping(
    "absence-by-falsiness",
    "a falsy value is taken for absence",
    "basics",
    class extends ForwardingMapping {
      override async has(key: Key): Promise<boolean> {
        return Boolean(await super.get(key));
      }
    },
  ),
];

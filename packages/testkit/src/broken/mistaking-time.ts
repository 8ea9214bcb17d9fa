import type {
  Entry,
  Key,
  PruneLimits,
  PruneReport,
  RecordInfo,
  SetOptions,
} from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenMapping } from "./broken-backend.ts";
import { ForwardingMapping } from "./forwarding-mapping.ts";

const A_SECOND_MS = 1000;

/** Expiry, time and cost that are forgotten or told wrong. */
export const mistakingTime: readonly BrokenBackend[] = [
  brokenMapping(
    "forgets-expiry",
    "entries never expire",
    "expiry",
    class extends ForwardingMapping {
      override set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        return super.set(key, value, { cost: options?.cost });
      }
    },
  ),
  brokenMapping(
    "keeps-old-expiry",
    "a write without expiry keeps that of the one before it",
    "expiry",
    class extends ForwardingMapping {
      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        const expiresAt = options?.expiresAt ?? (await super.lookup(key))?.expiresAt;
        await super.set(key, value, { ...options, expiresAt });
      }
    },
  ),
  brokenMapping(
    "expires-late",
    "entries expire a second late",
    "expiry",
    class extends ForwardingMapping {
      override set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        const expiresAt = options?.expiresAt;
        const late = typeof expiresAt === "number" ? expiresAt + A_SECOND_MS : expiresAt;
        return super.set(key, value, { ...options, expiresAt: late });
      }
    },
  ),
  brokenMapping(
    "counts-expired",
    "size counts entries that have expired",
    "expiry",
    class extends ForwardingMapping {
      readonly #expiring = new Set<Key>();

      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        await super.set(key, value, options);
        if (options?.expiresAt !== undefined) this.#expiring.add(key);
      }

      override async size(): Promise<number> {
        let expired = 0;
        for (const key of this.#expiring) if (!(await super.has(key))) expired += 1;
        return (await super.size()) + expired;
      }
    },
  ),
  brokenMapping(
    "expired-block-set-default",
    "setDefault gives undefined where an expired entry is",
    "expiry",
    class extends ForwardingMapping {
      readonly #expiring = new Set<Key>();

      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        await super.set(key, value, options);
        if (options?.expiresAt !== undefined) this.#expiring.add(key);
      }

      override async setDefault(key: Key, value: unknown): Promise<unknown> {
        const isExpired = this.#expiring.has(key) && !(await super.has(key));
        return isExpired ? undefined : super.setDefault(key, value);
      }
    },
  ),
  brokenMapping(
    "lookup-without-expiry",
    "lookup does not tell when the entry expires",
    "options of set",
    class extends ForwardingMapping {
      override async lookup(key: Key): Promise<Entry<unknown> | undefined> {
        const entry = await super.lookup(key);
        return entry && { ...entry, expiresAt: undefined };
      }
    },
  ),
  brokenMapping(
    "loses-cost",
    "the cost of an entry is not kept",
    "options of set",
    class extends ForwardingMapping {
      override set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        return super.set(key, value, { expiresAt: options?.expiresAt });
      }
    },
  ),
  brokenMapping(
    "takes-any-option",
    "options that are not of their form are passed over",
    "options of set",
    class extends ForwardingMapping {
      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        const isTime = (time: unknown): boolean => typeof time === "number" && time === time;
        const isGood = Object.values(options ?? {}).every(isTime);
        await super.set(key, value, isGood ? options : {});
      }
    },
  ),
  brokenMapping(
    "stored-at-of-the-first-write",
    "an entry written anew tells when it was stored first",
    "records",
    class extends ForwardingMapping {
      readonly #first = new Map<Key, number>();

      override async lookup(key: Key): Promise<Entry<unknown> | undefined> {
        const entry = await super.lookup(key);
        if (entry === undefined) return undefined;
        const storedAt = this.#first.get(key) ?? entry.storedAt;
        this.#first.set(key, storedAt);
        return { ...entry, storedAt };
      }
    },
  ),
  brokenMapping(
    "records-without-bytes",
    "records tell no size",
    "records",
    class extends ForwardingMapping {
      override async *records(): AsyncIterableIterator<RecordInfo<Key>> {
        for await (const record of super.records()) yield { ...record, bytes: 0 };
      }
    },
  ),
  brokenMapping(
    "records-without-expiry",
    "records do not tell when entries expire",
    "records",
    class extends ForwardingMapping {
      override async *records(): AsyncIterableIterator<RecordInfo<Key>> {
        for await (const record of super.records()) yield { ...record, expiresAt: undefined };
      }
    },
  ),
  brokenMapping(
    "prune-ignores-limits",
    "prune removes what has expired and nothing else",
    "prune",
    class extends ForwardingMapping {
      override prune(): Promise<PruneReport> {
        return super.prune();
      }
    },
  ),
  brokenMapping(
    "prune-misreports",
    "prune reports that it removed nothing",
    "prune",
    class extends ForwardingMapping {
      override async prune(limits?: PruneLimits): Promise<PruneReport> {
        return { ...(await super.prune(limits)), removed: 0, expired: 0 };
      }
    },
  ),
];

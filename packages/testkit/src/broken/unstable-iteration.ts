import type { Key, RecordInfo } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenMapping } from "./broken-backend.ts";
import { ForwardingMapping } from "./forwarding-mapping.ts";

/** Iterations that give too much, too little, or something else. */
export const unstableIteration: readonly BrokenBackend[] = [
  brokenMapping(
    "iterates-twice",
    "an iteration gives its first entry again at the end",
    "iteration",
    class extends ForwardingMapping {
      override async *entries(): AsyncIterableIterator<[Key, unknown]> {
        let first: [Key, unknown] | undefined;
        for await (const entry of super.entries()) {
          first ??= entry;
          yield entry;
        }
        if (first !== undefined) yield first;
      }
    },
  ),
  brokenMapping(
    "gives-overwritten-twice",
    "an entry written during an iteration comes again",
    "iteration",
    class extends ForwardingMapping {
      override async *keys(): AsyncIterableIterator<Key> {
        const before = new Map<Key, number>();
        for await (const { key, bytes } of super.records()) before.set(key, bytes);
        for (const key of before.keys()) yield key;
        for await (const { key, bytes } of super.records()) {
          if (before.has(key) && before.get(key) !== bytes) yield key;
        }
      }
    },
  ),
  brokenMapping(
    "misses-while-iterating",
    "after a write during an iteration an entry is missed",
    "iteration",
    class extends ForwardingMapping {
      override async *keys(): AsyncIterableIterator<Key> {
        let size = await super.size();
        for await (const key of super.keys()) {
          const now = await super.size();
          if (now >= size) yield key;
          size = now;
        }
      }
    },
  ),
  brokenMapping(
    "values-without-duplicates",
    "values gives equal values once",
    "iteration",
    class extends ForwardingMapping {
      override async *values(): AsyncIterableIterator<unknown> {
        const given = new Set<unknown>();
        for await (const value of super.values()) {
          if (!given.has(value)) yield value;
          given.add(value);
        }
      }
    },
  ),
  brokenMapping(
    "shares-one-iterator",
    "two iterations at once share one place",
    "iteration",
    class extends ForwardingMapping {
      #running: AsyncIterableIterator<Key> | undefined;

      override async *keys(): AsyncIterableIterator<Key> {
        this.#running ??= super.keys();
        for (;;) {
          const step = await this.#running.next();
          if (step.done === true) break;
          yield step.value;
        }
        this.#running = undefined;
      }
    },
  ),
  brokenMapping(
    "records-of-the-first-alone",
    "records stops after 20 entries",
    "iteration",
    class extends ForwardingMapping {
      override async *records(): AsyncIterableIterator<RecordInfo<Key>> {
        let given = 0;
        for await (const record of super.records()) {
          if (given < 20) yield record;
          given += 1;
        }
      }
    },
  ),
];

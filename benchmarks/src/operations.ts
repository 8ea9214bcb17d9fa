import type { MutableMapping } from "@class-cache/mapping";
import type { BareStore } from "./bare-store.ts";
import type { Payload } from "./payload.ts";

/** How a bare store and a mapping do one round of the same work. */
export interface Operation {
  readonly label: string;
  /** Operations of a round. */
  readonly count: number;
  /** @param from how many operations the store has done before */
  bare(store: BareStore, from: number): Promise<void>;
  ours(mapping: MutableMapping<string, unknown>, from: number): Promise<void>;
}

export function operationsOn({ keys, valueAt, reads, writes }: Payload): Operation[] {
  const keyAt = (index: number): string => keys[index % keys.length]!;
  const keysFrom = (from: number): string[] =>
    Array.from({ length: writes }, (_, index) => keyAt(from + index));
  const entriesFrom = (from: number): [string, unknown][] =>
    Array.from({ length: writes }, (_, index) => [keyAt(from + index), valueAt(from + index)]);
  return [
    {
      label: "get",
      count: reads,
      async bare(store, from) {
        for (let index = from; index < from + reads; index += 1) store.get(keyAt(index));
      },
      async ours(mapping, from) {
        for (let index = from; index < from + reads; index += 1) await mapping.get(keyAt(index));
      },
    },
    {
      label: "has",
      count: reads,
      async bare(store, from) {
        for (let index = from; index < from + reads; index += 1) store.has(keyAt(index));
      },
      async ours(mapping, from) {
        for (let index = from; index < from + reads; index += 1) await mapping.has(keyAt(index));
      },
    },
    setting("set", writes, keyAt, valueAt),
    setting("set of new keys", writes, (index) => `new-${index}`, valueAt),
    {
      label: `${writes} sets in a tick`,
      count: writes,
      async bare(store, from) {
        await store.setAll(entriesFrom(from));
      },
      async ours(mapping, from) {
        await Promise.all(entriesFrom(from).map(([key, value]) => mapping.set(key, value)));
      },
    },
    {
      label: `setMany of ${writes}`,
      count: writes,
      async bare(store, from) {
        await store.setAll(entriesFrom(from));
      },
      async ours(mapping, from) {
        await mapping.setMany(entriesFrom(from));
      },
    },
    {
      label: `getMany of ${writes}`,
      count: writes,
      async bare(store, from) {
        for (const key of keysFrom(from)) store.get(key);
      },
      async ours(mapping, from) {
        await mapping.getMany(keysFrom(from));
      },
    },
  ];
}

/** Sets that are awaited one by one. */
function setting(
  label: string,
  count: number,
  keyAt: (index: number) => string,
  valueAt: (index: number) => unknown,
): Operation {
  return {
    label,
    count,
    async bare(store, from) {
      for (let index = from; index < from + count; index += 1) {
        const written = store.set(keyAt(index), valueAt(index));
        if (written !== undefined) await written;
      }
    },
    async ours(mapping, from) {
      for (let index = from; index < from + count; index += 1) {
        await mapping.set(keyAt(index), valueAt(index));
      }
    },
  };
}

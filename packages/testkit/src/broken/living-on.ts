import type { Key, MutableMapping, OpenOptions } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenBackend, brokenMapping } from "./broken-backend.ts";
import { ForwardingBackend } from "./forwarding-backend.ts";
import { ForwardingMapping } from "./forwarding-mapping.ts";

/** Mappings and backends that do not end, or end too much. */
export const livingOn: readonly BrokenBackend[] = [
  brokenMapping(
    "works-when-closed",
    "a closed mapping works on",
    "lifecycle",
    class extends ForwardingMapping {
      override async close(): Promise<void> {}
    },
  ),
  brokenMapping(
    "iterates-when-closed",
    "a closed mapping iterates as an empty one",
    "lifecycle",
    class extends ForwardingMapping {
      #isClosed = false;

      override async *keys(): AsyncIterableIterator<Key> {
        if (!this.#isClosed) yield* super.keys();
      }

      override async close(): Promise<void> {
        this.#isClosed = true;
        await super.close();
      }
    },
  ),
  brokenMapping(
    "closes-once",
    "closing a second time throws",
    "lifecycle",
    class extends ForwardingMapping {
      #isClosed = false;

      override async close(): Promise<void> {
        if (this.#isClosed) throw new Error("closed already");
        this.#isClosed = true;
        await super.close();
      }
    },
  ),
  brokenMapping(
    "close-clears",
    "closing a mapping forgets its entries",
    "lifecycle",
    class extends ForwardingMapping {
      override async close(): Promise<void> {
        await super.clear().catch(() => {});
        await super.close();
      }
    },
  ),
  brokenMapping(
    "hangs-at-close",
    "an operation under way when the mapping closes never ends",
    "lifecycle",
    class extends ForwardingMapping {
      #isClosed = false;

      override async size(): Promise<number> {
        await new Promise((resolve) => setImmediate(resolve));
        return this.#isClosed ? new Promise(() => {}) : super.size();
      }

      override async close(): Promise<void> {
        this.#isClosed = true;
        await super.close();
      }
    },
  ),
  brokenBackend(
    "backend-works-when-closed",
    "a closed backend works on",
    "lifecycle",
    class extends ForwardingBackend {
      override async close(): Promise<void> {}
    },
  ),
  brokenBackend(
    "one-handle-an-id",
    "a second handle of an id closes with the first",
    "lifecycle",
    class extends ForwardingBackend {
      readonly #handles = new Map<string, unknown>();

      override open<K extends Key, V>(id: string, options?: OpenOptions): MutableMapping<K, V> {
        const known = this.#handles.get(id) as MutableMapping<K, V> | undefined;
        const handle = known ?? super.open<K, V>(id, options);
        this.#handles.set(id, handle);
        return handle;
      }
    },
  ),
];

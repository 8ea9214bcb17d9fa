import { LRUCache } from "lru-cache";
import type { Held } from "./isolation.ts";

/** A guess at what an entry takes beside its value: key, bookkeeping. */
const ENTRY_BYTES = 64;

/** The results of one method that this process keeps at hand; the least recently used goes first. */
export class MemoryTier {
  readonly #entries: LRUCache<string, Held>;
  /**
   * Entries used since the last change, and so the last ones to go: looking here first is much faster,
   * and the order among them matters only to the next change.
   */
  readonly #used = new Map<string, Held>();

  constructor(limits: { readonly maxEntries: number; readonly maxBytes: number }) {
    const { maxEntries, maxBytes } = limits;
    this.#entries = new LRUCache<string, Held>({
      ...(maxEntries === Infinity ? {} : { max: maxEntries }),
      maxSize: maxBytes === Infinity ? Number.MAX_SAFE_INTEGER : maxBytes,
      sizeCalculation: (held) => ENTRY_BYTES + bytesOf(held),
    });
  }

  /** May be past its expiry. */
  get(key: string): Held | undefined {
    let held = this.#used.get(key);
    if (held === undefined) {
      held = this.#entries.get(key);
      if (held !== undefined) this.#used.set(key, held);
    }
    return held;
  }

  set(key: string, held: Held): void {
    this.#used.clear();
    this.#entries.set(key, held);
  }

  delete(key: string): void {
    this.#used.clear();
    this.#entries.delete(key);
  }

  clear(): void {
    this.#used.clear();
    this.#entries.clear();
  }
}

function bytesOf(held: Held): number {
  if (held.bytes !== undefined) return held.bytes.byteLength;
  return typeof held.value === "string" ? held.value.length * 2 : 0;
}

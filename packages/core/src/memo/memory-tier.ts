import { LRUCache } from "lru-cache";
import type { Held } from "./held.ts";
import type { KnownCall } from "../keys/recent-calls.ts";

/** A guess at what an entry takes beside its value: key, bookkeeping. */
const ENTRY_BYTES = 64;

/** Calls beyond these, of instances that were forgotten mostly, are not worth the memory. */
const MAX_FINDERS = 1000;

/** Pause between two times of telling where nothing changes. */
const TELL_USES_MS = 10_000;

/** Told of entries, and how often each was used since it was last told of. */
export type OnUses = (uses: readonly (readonly [key: string, times: number])[]) => void;

/** The results of one method that this process keeps at hand; the least recently used goes first. */
export class MemoryTier {
  readonly #entries: LRUCache<string, Held>;
  /**
   * Entries used since the last change, and so the last ones to go: looking here first is much faster,
   * and the order among them matters only to the next change.
   */
  readonly #used = new Map<string, Held>();
  /** Calls that know what they found: it is in `#used`. */
  readonly #finders: KnownCall[] = [];
  readonly #onUses: OnUses | undefined;
  /** By `performance.now()`. */
  #toldUses = 0;

  /** @param onUses told now and then which entries were used; undefined: nobody wants to know */
  constructor(limits: { readonly maxEntries: number; readonly maxBytes: number }, onUses?: OnUses) {
    const { maxEntries, maxBytes } = limits;
    this.#onUses = onUses;
    this.#entries = new LRUCache<string, Held>({
      ...(maxEntries === Infinity ? {} : { max: maxEntries }),
      maxSize: maxBytes === Infinity ? Number.MAX_SAFE_INTEGER : maxBytes,
      sizeCalculation: (held) => ENTRY_BYTES + held.size,
    });
  }

  /** May be past its expiry. */
  get(key: string): Held | undefined {
    let held = this.#used.get(key);
    if (held === undefined) {
      held = this.#entries.get(key);
      if (held === undefined) return undefined;
      this.#used.set(key, held);
    }
    held.uses += 1;
    return held;
  }

  /** The same for a call, which need not look again until the next change. */
  find(call: KnownCall): Held | undefined {
    const found = call.found as Held | undefined;
    if (found !== undefined) {
      found.uses += 1;
      return found;
    }
    const held = this.get(call.text);
    if (held === undefined) return undefined;
    if (this.#finders.length >= MAX_FINDERS) this.#forgetFinders();
    call.found = held;
    this.#finders.push(call);
    return held;
  }

  /** Also a process that has only hits in memory has to tell of them, since others evict as well. */
  tellUsesAtTimes(): void {
    const now = performance.now();
    if (now - this.#toldUses < TELL_USES_MS) return;
    this.#toldUses = now;
    this.#tellUses();
  }

  /** Tells of the uses that were not told of yet. */
  #tellUses(): void {
    const onUses = this.#onUses;
    if (onUses === undefined) return;
    const uses: [string, number][] = [];
    for (const [key, held] of this.#used) {
      if (held.uses > 0) uses.push([key, held.uses]);
      held.uses = 0;
    }
    if (uses.length > 0) onUses(uses);
  }

  set(key: string, held: Held): void {
    this.#endUse();
    this.#entries.set(key, held);
  }

  delete(key: string): void {
    this.#endUse();
    this.#entries.delete(key);
  }

  /** Deletes the entries whose keys fulfil a condition. */
  drop(condition: (key: string) => boolean): void {
    this.#endUse();
    const dropped = Array.from(this.#entries.keys()).filter(condition);
    for (const key of dropped) this.#entries.delete(key);
  }

  clear(): void {
    this.#used.clear();
    this.#forgetFinders();
    this.#entries.clear();
  }

  #endUse(): void {
    this.#tellUses();
    this.#used.clear();
    this.#forgetFinders();
  }

  #forgetFinders(): void {
    for (const call of this.#finders) call.found = undefined;
    this.#finders.length = 0;
  }
}

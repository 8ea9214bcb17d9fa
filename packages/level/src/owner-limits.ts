import type { BoundedStore, Holdings, PlacedRecord, Usage } from "@class-cache/mapping";
import {
  DamagedError,
  Eviction,
  isBookkeeping,
  LimitKeeper,
  publishError,
} from "@class-cache/mapping";
import type { Change, LevelStore, RequestOf, WantedLimits } from "./requests.ts";

/** Entries that are looked at together: the whole of most stores, in the order of their keys. */
const LEAST_LOOKED_AT = 20_000;

/** Entries that are deleted in one step at most. */
const MOST_EVICTED = 5000;

/** So many writers cannot pass a limit by much, each with one write under way. */
const FEW_WRITERS = 4;

/** Share of a limit that is left free for more of them. */
const MOST_AHEAD = 0.025;

/** Kinds of limits that are kept apart: as a rule all processes have the same. */
const MOST_KINDS = 8;

interface Kept {
  readonly eviction: Eviction;
  readonly keeper: LimitKeeper;
}

/**
 * Keeps the limits that processes ask the owner to keep. The uses that they tell of are remembered
 * here, so that all go by the same order.
 */
export class OwnerLimits {
  readonly #store: LevelStore;
  readonly #usage: () => Promise<Usage>;
  readonly #writers: () => number;
  readonly #kinds = new Map<string, Kept>();
  #now = 0;
  /** While an eviction is under way: all who ask meanwhile wait for it. */
  #running: Promise<Usage> | undefined;
  /** Where the next look begins in a store that is not looked at whole. */
  #next: { readonly id: string; readonly after: string | undefined } | undefined;

  /**
   * @param usage of all mappings that limits count
   * @param writers processes that write, at least 1
   */
  constructor(store: LevelStore, usage: () => Promise<Usage>, writers: () => number) {
    this.#store = store;
    this.#usage = usage;
    this.#writers = writers;
  }

  async keep({ limits, uses, now }: RequestOf<"keep">): Promise<Required<Holdings>> {
    this.#now = now;
    const { eviction, keeper } = this.#kind(limits);
    for (const { id, key, times } of uses) eviction.uses?.of(id).note(key, times);
    const { entries, bytes } = await keeper.keep();
    return { entries, bytes, writers: this.#writers() };
  }

  #kind(limits: WantedLimits): Kept {
    const { maxBytes, maxEntries, eviction: policy } = limits;
    const name = `${policy} ${maxBytes} ${maxEntries}`;
    let kept = this.#kinds.get(name);
    if (kept === undefined) {
      const now = (): number => this.#now;
      const options = { maxBytes, maxEntries, eviction: policy };
      const eviction = new Eviction(options, "level", now);
      const bounds = { maxBytes, maxEntries, maxAge: Infinity };
      const keeper = new LimitKeeper(eviction, bounds, this.#bounded(), now);
      kept = { eviction, keeper };
      if (this.#kinds.size === MOST_KINDS) this.#kinds.clear();
      this.#kinds.set(name, kept);
    }
    return kept;
  }

  #bounded(): BoundedStore {
    return {
      usage: () => this.#soon(),
      placedRecords: (atLeast) => this.#someRecords(Math.max(atLeast, LEAST_LOOKED_AT)),
      evict: (records) => this.#evict(records),
      alone: (work) => this.#alone(work),
    };
  }

  /** What there is, and with many writers what they may have added before they all look again. */
  async #soon(): Promise<Usage> {
    const { entries, bytes } = await this.#usage();
    const ahead = Math.min(this.#writers() - FEW_WRITERS, Math.floor(entries * MOST_AHEAD));
    if (ahead <= 0) return { entries, bytes };
    return { entries: entries + ahead, bytes: bytes + (ahead * bytes) / entries };
  }

  async #alone(work: () => Promise<Usage>): Promise<Usage> {
    while (this.#running !== undefined) await this.#running.catch(() => {});
    this.#running = work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** All, where they are no more; else from where the last look ended, and around. */
  async #someRecords(atLeast: number): Promise<PlacedRecord[]> {
    const found: PlacedRecord[] = [];
    const all = await this.#store.perform<"ids">({ kind: "ids" });
    const ids = all.filter((id) => !isBookkeeping(id));
    const isWhole = (await this.#usage()).entries <= atLeast;
    const next = isWhole ? undefined : this.#next;
    const known = next === undefined ? -1 : ids.indexOf(next.id);
    let after = known < 0 ? undefined : next?.after;
    const first = Math.max(0, known);
    // The mapping that the last look ended in comes twice: its rest, and at last its beginning.
    const last = first + ids.length - (isWhole ? 1 : 0);
    for (let index = first; index <= last && ids.length > 0; index += 1) {
      const id = ids[index % ids.length]!;
      after = await this.#collect(id, after, found, isWhole ? Infinity : atLeast);
      if (after === undefined) continue;
      this.#next = { id, after };
      return found;
    }
    this.#next = undefined;
    return found;
  }

  /** @returns the key behind which there is more */
  async #collect(
    id: string,
    from: string | undefined,
    found: PlacedRecord[],
    enough: number,
  ): Promise<string | undefined> {
    let after = from;
    do {
      const page = await this.#store.perform<"page">({ kind: "page", id, after });
      for (const key of page.damaged) {
        const what = `The record of ${key} in the mapping ${JSON.stringify(id)}`;
        publishError(new DamagedError(what));
      }
      for (const record of page.records) found.push({ ...record, mapping: id });
      after = page.next;
    } while (after !== undefined && found.length < enough);
    return after;
  }

  async #evict(records: readonly PlacedRecord[]): Promise<void> {
    const byMapping = new Map<string, Change[]>();
    for (const { mapping, key, storedAt } of records) {
      const changes = byMapping.get(mapping) ?? [];
      changes.push({ kind: "evict", key, storedAt });
      byMapping.set(mapping, changes);
    }
    for (const [id, changes] of byMapping) {
      for (let next = 0; next < changes.length; next += MOST_EVICTED) {
        const some = changes.slice(next, next + MOST_EVICTED);
        await this.#store.perform<"write">({ kind: "write", id, changes: some });
      }
    }
  }
}

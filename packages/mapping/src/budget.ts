import { types } from "node:util";
import type { Awaitable } from "./awaitable.ts";
import type { Limits, Usage } from "./limits.ts";

/** What all mappings hold, and how many processes write to them as far as is known. Default: one. */
export interface Holdings extends Usage {
  readonly writers?: number;
}

/** Share of a limit that is written between two looks at most, by all writers, whatever a look takes. */
const MOST_UNSEEN = 0.01;

/** Between two looks passes so many times what a look takes: others write too, and have to be seen. */
const PAUSE = 20;

/**
 * Lets writes pass only so far as the limits allow, whoever else writes to the store. It has the limits
 * kept every now and then, at most a small share of them later, and lets no write begin meanwhile.
 */
export class Budget {
  readonly #limits: Limits;
  readonly #keep: () => Awaitable<Holdings>;
  /** What may be written before the next look. */
  #entriesLeft = 0;
  #bytesLeft = 0;
  /** By `performance.now()`. */
  #nextLook = 0;
  #running: Promise<void> | undefined;
  /** What writes that have not ended may add. */
  readonly #underWay = { entries: 0, bytes: 0 };
  /** Writes that wait for one of those to end. */
  readonly #waiting: (() => void)[] = [];

  /** @param keep has the limits kept, and answers what remains */
  constructor(limits: Limits, keep: () => Awaitable<Holdings>) {
    this.#limits = limits;
    this.#keep = keep;
  }

  /**
   * Runs a write, once the store is within its limits, and sees to it that it is when the write is done.
   *
   * @param entries that it may add
   * @param bytes that their values have
   */
  write<T>(entries: number, bytes: number, work: () => Awaitable<T>): Awaitable<T> {
    if (this.#running !== undefined || this.#isCrowded) {
      return this.#waitingWrite(entries, bytes, work);
    }
    const result = work();
    if (types.isPromise(result)) return this.#longWrite(entries, bytes, result);
    const spent = this.#spend(entries, bytes);
    return spent === undefined ? result : spent.then(() => result);
  }

  /**
   * The same for many entries: in so small parts that the limits hold in between.
   *
   * @param bytesOf an entry's value has
   */
  async writeMany<E>(
    entries: readonly E[],
    bytesOf: (entry: E) => number,
    work: (some: readonly E[]) => Awaitable<void>,
  ): Promise<void> {
    const mostEntries = this.#limits.maxEntries * MOST_UNSEEN;
    const mostBytes = this.#limits.maxBytes * MOST_UNSEEN;
    for (let next = 0; next < entries.length;) {
      const first = next;
      let bytes = 0;
      do {
        bytes += bytesOf(entries[next]!);
        next += 1;
      } while (
        next < entries.length &&
        next - first < mostEntries &&
        bytes + bytesOf(entries[next]!) <= mostBytes
      );
      await this.write(next - first, bytes, () => work(entries.slice(first, next)));
    }
  }

  async #waitingWrite<T>(entries: number, bytes: number, work: () => Awaitable<T>): Promise<T> {
    // Whoever waited longest goes on first, and may use up what room there is.
    while (this.#running !== undefined || this.#isCrowded) {
      await (this.#running ?? new Promise<void>((resolve) => this.#waiting.push(resolve)));
    }
    return this.write(entries, bytes, work);
  }

  async #longWrite<T>(entries: number, bytes: number, result: Promise<T>): Promise<T> {
    this.#underWay.entries += entries;
    this.#underWay.bytes += bytes;
    try {
      return await result;
    } finally {
      this.#underWay.entries -= entries;
      this.#underWay.bytes -= bytes;
      for (const resolve of this.#waiting.splice(0)) resolve();
      await this.#spend(entries, bytes);
    }
  }

  /** Whether what is being written may take all the room there is. */
  get #isCrowded(): boolean {
    const { entries, bytes } = this.#underWay;
    return entries > 0 && (entries >= this.#entriesLeft || bytes >= this.#bytesLeft);
  }

  #spend(entries: number, bytes: number): Promise<void> | undefined {
    this.#entriesLeft -= entries;
    this.#bytesLeft -= bytes;
    const isWithin = this.#entriesLeft >= 0 && this.#bytesLeft >= 0;
    if (isWithin && performance.now() < this.#nextLook) return undefined;
    // A look that is under way may not have seen this write.
    if (this.#running !== undefined) return this.#running.then(() => this.#spend(entries, bytes));
    const looked = this.#look();
    if (looked === undefined) return undefined;
    this.#running = looked.finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** @returns undefined when it was done at once */
  #look(): Promise<void> | undefined {
    const began = performance.now();
    const kept = this.#keep();
    if (types.isPromise(kept)) return kept.then((holdings) => this.#allow(holdings, began));
    this.#allow(kept, began);
    return undefined;
  }

  #allow({ entries, bytes, writers = 1 }: Holdings, began: number): void {
    const { maxBytes, maxEntries } = this.#limits;
    const share = MOST_UNSEEN / writers;
    this.#entriesLeft = Math.min(maxEntries - entries, maxEntries * share);
    this.#bytesLeft = Math.min(maxBytes - bytes, maxBytes * share);
    const ended = performance.now();
    this.#nextLook = ended + PAUSE * (ended - began);
  }
}

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Awaitable } from "../awaitable.ts";
import type { CacheErrorCode } from "../errors.ts";
import { CacheError } from "../errors.ts";

/** How `verify()` and `repair()` go about it. */
export interface InspectionOptions {
  /**
   * The ids of the mappings to look at. Default: all. Given ids are also looked for where a damaged
   * store does not tell the names of its mappings any more.
   */
  readonly ids?: Iterable<string> | undefined;
  /** Stops at the next step; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called, and waited for, now and then. What it throws stops the work, which rejects with it. */
  readonly onProgress?: ((progress: InspectionProgress) => Awaitable<void>) | undefined;
}

/** How far `verify()` or `repair()` is. */
export interface InspectionProgress {
  /** The id of the mapping that is being looked at; undefined: the store as a whole, or not known. */
  readonly id: string | undefined;
  /** Bytes looked at. Never falls. */
  readonly done: number;
  /** Bytes to be looked at, as far as is known by now. */
  readonly total: number;
  /** Intact entries found. */
  readonly entries: number;
  /** Damages found. */
  readonly damages: number;
}

/** One thing in a store that is not as it was written. */
export interface Damage {
  /** The mapping's id; undefined: of no one mapping, or the damage has made it unknown. */
  readonly id: string | undefined;
  /** A file with an offset, or the text of a key. */
  readonly where: string;
  /** What is wrong there. */
  readonly problem: string;
  /** Of the error that a read gives, or would give, for this: `ERR_DAMAGED` where a read misses. */
  readonly code: CacheErrorCode;
}

/** What is intact of one mapping. */
export interface MappingReport {
  readonly id: string;
  /** Entries, expired ones included where the store still has them. */
  readonly entries: number;
  /** Bytes of their encoded values. */
  readonly bytes: number;
}

/** What `verify()` found. */
export interface VerifyReport {
  /** Intact entries of all mappings. */
  readonly entries: number;
  /** Bytes of their encoded values. */
  readonly bytes: number;
  readonly mappings: readonly MappingReport[];
  /** Empty: the store is as it was written. */
  readonly damages: readonly Damage[];
}

/** What `repair()` found and did. `entries` and `mappings` are what it salvaged. */
export interface RepairReport extends VerifyReport {
  /** Damages that it could not mend; reads go on to answer them as before. */
  readonly left: readonly Damage[];
}

/** Bytes between two calls of `onProgress`. */
const STEP_BYTES: number = 256 * 1024;

/** How long an inspection may keep the event loop from turning, and a step more. */
const SLICE_MS = 10;

/** An inspection under way, which a backend tells what it finds. Made by `verify()` and `repair()`. */
export class Inspection {
  /** Whether damage is to be mended, as far as that can be done without losing what is intact. */
  readonly mends: boolean;
  readonly signal: AbortSignal | undefined;
  /** The mappings asked for; undefined: all. */
  readonly ids: readonly string[] | undefined;
  readonly #onProgress: InspectionOptions["onProgress"];
  readonly #mappings = new Map<string, { entries: number; bytes: number }>();
  readonly #damages: Damage[] = [];
  readonly #left: Damage[] = [];
  #entries = 0;
  #bytes = 0;
  #done = 0;
  #total = 0;
  #shown = 0;
  #thrown: { readonly reason: unknown } | undefined;
  /** By `performance.now()`. */
  #turnedAt: number = performance.now();

  constructor(mends: boolean, { ids, signal, onProgress }: InspectionOptions) {
    this.mends = mends;
    this.ids = ids && Array.from(new Set(ids));
    this.signal = signal;
    this.#onProgress = onProgress;
  }

  /** Whether a mapping is to be looked at. */
  covers(id: string): boolean {
    return this.ids === undefined || this.ids.includes(id);
  }

  /** Told of bytes that will be looked at. */
  expect(bytes: number): void {
    this.#total += bytes;
  }

  /**
   * Told of bytes that have been looked at. Waits for who follows the progress, and lets the event loop turn
   * where it has not for some time.
   *
   * @throws the signal's reason, and what `onProgress` throws
   */
  async advance(bytes: number, id?: string): Promise<void> {
    this.signal?.throwIfAborted();
    this.#done += bytes;
    this.#total = Math.max(this.#total, this.#done);
    if (this.#done - this.#shown >= STEP_BYTES) await this.#show(id);
    if (performance.now() - this.#turnedAt >= SLICE_MS) await this.#letTurn();
  }

  /** Told that a part is done, however small. Throws, and waits, as `advance` does. */
  async finish(id?: string): Promise<void> {
    this.signal?.throwIfAborted();
    await this.#show(id);
    if (performance.now() - this.#turnedAt >= SLICE_MS) await this.#letTurn();
  }

  /** Told of a mapping, which may have no entries. */
  mapping(id: string): void {
    if (!this.#mappings.has(id)) this.#mappings.set(id, { entries: 0, bytes: 0 });
  }

  /** Told of an intact entry. */
  intact(id: string, bytes: number): void {
    this.mapping(id);
    const tally = this.#mappings.get(id)!;
    tally.entries += 1;
    tally.bytes += bytes;
    this.#entries += 1;
    this.#bytes += bytes;
  }

  /** Told of damage. */
  damaged(damage: Damage): void {
    this.#damages.push(damage);
  }

  /** Told of damage that was found and cannot be mended. */
  leave(damage: Damage): void {
    this.#left.push(damage);
  }

  /**
   * Called where an error is caught that may not be the store's.
   *
   * @throws the signal's reason, and what `onProgress` has thrown
   */
  throwIfStopped(): void {
    this.signal?.throwIfAborted();
    if (this.#thrown !== undefined) throw this.#thrown.reason;
  }

  /** What has been found. */
  report(): RepairReport {
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      mappings: Array.from(this.#mappings, ([id, tally]) => ({ id, ...tally })),
      damages: this.#damages,
      left: this.#left,
    };
  }

  /** Timers fire in a turn, those of a signal included. */
  async #letTurn(): Promise<void> {
    await nextTurn();
    this.#turnedAt = performance.now();
    this.signal?.throwIfAborted();
  }

  async #show(id: string | undefined): Promise<void> {
    this.#shown = this.#done;
    try {
      await this.#onProgress?.({
        id,
        done: this.#done,
        total: this.#total,
        entries: this.#entries,
        damages: this.#damages.length,
      });
    } catch (reason) {
      this.#thrown = { reason };
      throw reason;
    }
  }
}

/** An error that a store gave as the damage that it tells of. Errors of other kinds are thrown on. */
export function damageOf(error: unknown, id: string | undefined, where: string): Damage {
  if (!(error instanceof CacheError) || error.code === "ERR_CLOSED") throw error;
  return { id, where, problem: error.message, code: error.code };
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Lease } from "@class-cache/mapping";
import { ClosedError, HeldLease, LeaseQueue, publishError } from "@class-cache/mapping";
import { LeaseTable, leaseKey, removeDamagedLeases } from "./lease-table.ts";
import { pause } from "./patience.ts";
import { isBusy, isDamage, storeError } from "./sqlite-error.ts";

const LONGEST_PAUSE_MS = 20;
/** Times in a row that the table has to be found damaged before it is made anew, and before that is given up. */
const DAMAGED = 3;
const HOPELESS = 2 * DAMAGED;
/** Between two looks whether a holder lives: with the pause, how late its death is noticed. */
const PRESENCE_MS = 60;

/**
 * Exclusion by name among all processes that use one store. Within the process waiters queue, so
 * that one at a time asks the table.
 */
export class Leases {
  readonly #folder: string;
  readonly #queue = new LeaseQueue();
  #table: LeaseTable | undefined;
  /** How often the table was found damaged since it was last found sound. */
  #damages = 0;
  #closed = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @throws the signal's reason when it aborts first
   * @throws ClosedError when the backend is closed first
   */
  async acquire(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    const turn = await this.#queue.acquire(name, signal);
    const key = leaseKey(name);
    try {
      await this.#take(key, signal);
    } catch (error) {
      await turn.release();
      throw error;
    }
    return new HeldLease(name, () => this.#giveBack(key), turn);
  }

  close(): void {
    this.#closed = true;
    this.#table?.close();
    this.#table = undefined;
  }

  async #take(key: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    let lookAt = performance.now() + PRESENCE_MS;
    for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      if (this.#closed) throw new ClosedError(`The store of leases ${this.#folder}`);
      const isLook = performance.now() >= lookAt;
      if (isLook) lookAt = performance.now() + PRESENCE_MS;
      if (this.#attempt((table) => tryTake(table, key, isLook))) return;
      await sleep(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  async #giveBack(key: Uint8Array): Promise<void> {
    const giveBack = (table: LeaseTable): true => {
      table.giveBack(key);
      return true;
    };
    for (let tries = 1; !this.#closed && !this.#attempt(giveBack); tries += 1) await pause(tries);
  }

  /** @returns undefined when the table is locked, or was damaged */
  #attempt<T>(work: (table: LeaseTable) => T): T | undefined {
    try {
      if (this.#table?.isInPlace === false) {
        this.#table.close();
        this.#table = undefined;
      }
      this.#table ??= new LeaseTable(this.#folder);
      const result = work(this.#table);
      this.#damages = 0;
      return result;
    } catch (error) {
      if (isBusy(error)) return undefined;
      const refusal = storeError("hold a lease in", this.#folder, error);
      if (!isDamage(error)) throw refusal;
      this.#damages += 1;
      if (this.#damages >= HOPELESS) throw refusal;
      if (this.#damages === DAMAGED) this.#leaveDamaged(refusal);
      return undefined;
    }
  }

  /** Has the table made anew: everybody who has it open sees that and leaves it as well. */
  #leaveDamaged(error: Error): void {
    this.#table?.close();
    this.#table = undefined;
    if (removeDamagedLeases(this.#folder)) publishError(error);
    else this.#damages = 0;
  }
}

function tryTake(table: LeaseTable, key: Uint8Array, isLook: boolean): boolean {
  if (isLook) table.freeFromDead(key);
  // In a table that was removed meanwhile, nobody sees what is held.
  return !table.isHeld(key) && table.take(key) && table.isInPlace;
}

import type { Awaitable } from "./awaitable.ts";
import type { Lease } from "./lease.ts";

/** A lease that is given back once, however often that is asked for. */
export class HeldLease implements Lease {
  readonly name: string;
  #giveBack: (() => Awaitable<void>) | undefined;
  readonly #turn: Lease | undefined;

  /**
   * @param giveBack called at most once
   * @param turn the place in the queue of the process, left after that, even if giving back fails
   */
  constructor(name: string, giveBack: () => Awaitable<void>, turn?: Lease) {
    this.name = name;
    this.#giveBack = giveBack;
    this.#turn = turn;
  }

  async release(): Promise<void> {
    const giveBack = this.#giveBack;
    if (giveBack === undefined) return;
    this.#giveBack = undefined;
    try {
      await giveBack();
    } finally {
      await this.#turn?.release();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

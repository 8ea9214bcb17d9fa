import { HeldLease } from "./held-lease.ts";
import type { Lease } from "./lease.ts";

/**
 * Mutual exclusion by name within one process, first come first served. A backend that is shared by
 * processes queues here first, so that its own lock is asked for by one waiter at a time.
 */
export class LeaseQueue {
  /** Invariant: a name is present exactly while somebody holds it; the array holds who waits for it. */
  readonly #waiting = new Map<string, (() => void)[]>();

  isHeld(name: string): boolean {
    return this.#waiting.has(name);
  }

  /** @throws the signal's reason when it aborts before the lease is granted */
  async acquire(name: string, signal?: AbortSignal): Promise<Lease> {
    signal?.throwIfAborted();
    const queue = this.#waiting.get(name);
    if (queue === undefined) this.#waiting.set(name, []);
    else await this.#wait(queue, signal);
    return new HeldLease(name, () => this.#release(name));
  }

  #wait(queue: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        const place = queue.indexOf(grant);
        if (place >= 0) queue.splice(place, 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      queue.push(grant);
    });
  }

  #release(name: string): void {
    const next = this.#waiting.get(name)?.shift();
    if (next === undefined) this.#waiting.delete(name);
    else next();
  }
}

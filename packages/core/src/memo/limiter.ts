import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import PQueue from "p-queue";

/**
 * Lets so many computations of one method run at the same time. A computation that waits for another
 * cached call gives its place up meanwhile: recursion under `concurrency: 1` cannot lock itself out.
 */
export class Limiter {
  readonly #queue: PQueue;

  constructor(concurrency: number) {
    this.#queue = new PQueue({ concurrency });
  }

  /** Runs it when there is a place, in the caller's async context. */
  run<T>(compute: () => Promise<T>): Promise<T> {
    return this.#queue.add(AsyncResource.bind(() => this.#occupy(compute)));
  }

  async #occupy<T>(compute: () => Promise<T>): Promise<T> {
    const place = new Place(this.#queue);
    try {
      return await places().run(place, compute);
    } finally {
      place.leave();
    }
  }
}

/** A computation's place in its queue. */
class Place {
  readonly #queue: PQueue;
  /** While above 0, and until it has left, the queue's concurrency is one higher. */
  #waits = 0;
  #left = false;

  constructor(queue: PQueue) {
    this.#queue = queue;
  }

  async yieldWhile<T>(promise: Promise<T>): Promise<T> {
    if (this.#left) return promise;
    this.#waits += 1;
    if (this.#waits === 1) this.#queue.concurrency += 1;
    try {
      return await promise;
    } finally {
      this.#waits -= 1;
      if (this.#waits === 0 && !this.#left) this.#queue.concurrency -= 1;
    }
  }

  leave(): void {
    this.#left = true;
    if (this.#waits > 0) this.#queue.concurrency -= 1;
  }
}

/** Made with the first limited method: following async contexts costs every promise a little. */
let storage: AsyncLocalStorage<Place> | undefined;

function places(): AsyncLocalStorage<Place> {
  return (storage ??= new AsyncLocalStorage());
}

/** The same promise; a limited computation that asks gives up its place until it settles. */
export function yieldingPlace<T>(promise: Promise<T>): Promise<T> {
  const place = storage?.getStore();
  return place === undefined ? promise : place.yieldWhile(promise);
}

/** Runs what no limited computation waits for, though one may have brought it about. */
export function outsideOfPlaces<T>(run: () => T): T {
  return storage === undefined ? run() : storage.exit(run);
}

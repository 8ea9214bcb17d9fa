import type { Awaitable } from "@class-cache/mapping";
import { pause } from "./patience.ts";
import { isBusy, storeError } from "./sqlite-error.ts";

/** Runs what reads a database, at once where it can, and again for some time while it is locked. */
export class Reading {
  readonly #path: string;
  readonly #busyTimeout: number;

  constructor(path: string, busyTimeout: number) {
    this.#path = path;
    this.#busyTimeout = busyTimeout;
  }

  run<T>(work: () => T): Awaitable<T> {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw storeError("read", this.#path, error);
      return this.#again(work);
    }
  }

  async #again<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#busyTimeout;
    for (let tries = 1; ; tries += 1) {
      await pause(tries);
      try {
        return work();
      } catch (error) {
        if (isBusy(error) && performance.now() < deadline) continue;
        throw storeError("read", this.#path, error);
      }
    }
  }
}

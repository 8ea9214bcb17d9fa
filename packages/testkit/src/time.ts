import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@class-cache/mapping";
import { ManualClock } from "@class-cache/mapping";

/** The time of a case: a clock that the backend was given or, where it takes none, the system's. */
export class Time {
  /** What backends are made with; undefined where they take none. */
  readonly clock: Clock | undefined;
  readonly #manual: ManualClock | undefined;

  constructor(isInjected: boolean) {
    this.#manual = isInjected ? new ManualClock() : undefined;
    this.clock = this.#manual;
  }

  now(): number {
    return this.#manual === undefined ? Date.now() : this.#manual.now();
  }

  /** Lets so many milliseconds pass. */
  async pass(milliseconds: number): Promise<void> {
    if (this.#manual !== undefined) {
      this.#manual.advance(milliseconds);
      return;
    }
    const end = Date.now() + milliseconds;
    // A timer may fire a little before its time.
    while (Date.now() < end) await sleep(end - Date.now());
  }
}

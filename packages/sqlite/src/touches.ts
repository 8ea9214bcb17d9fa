import type { UseCounter } from "@class-cache/mapping";

/** What is known of the uses of an entry since they were last written. */
export interface Touch {
  readonly id: string;
  readonly key: string;
  times: number;
  /** Milliseconds since the epoch. */
  last: number;
}

/** Entries whose uses wait until a transaction is asked for; twice as many wait at most. */
const MOST_WAITING = 4096;

/** Uses that a transaction writes beside what it is for: each takes some 10 µs. */
const MOST_WRITTEN = 64;

/** Uses that a transaction writes which is for nothing else, and the pause between two such. */
const MOST_WRITTEN_ALONE = 1024;
const PAUSE_MS = 10_000;

/**
 * Gathers the uses of entries until the next transactions that write. Where nothing is written, now and
 * then a transaction is asked for; uses that come faster are forgotten, first those of entries used once.
 */
export class Touches {
  /** Asks for a transaction. Set by who can. */
  onFull: () => void = () => {};
  readonly #now: () => number;
  readonly #waiting = new Map<string, Map<string, Touch>>();
  #count = 0;
  #mostTaken = MOST_WRITTEN;
  /** By `performance.now()`. */
  #lastFull = -Infinity;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Those of one mapping's entries. */
  of(id: string): UseCounter {
    return { note: (key, times) => this.#note(id, key, times) };
  }

  /** Some of those that wait, which then wait no more. */
  take(): Touch[] {
    const taken: Touch[] = [];
    if (this.#count === 0) return taken;
    for (const [id, keys] of this.#waiting) {
      for (const [key, touch] of keys) {
        if (taken.length === this.#mostTaken) break;
        taken.push(touch);
        keys.delete(key);
      }
      if (keys.size === 0) this.#waiting.delete(id);
    }
    this.#count -= taken.length;
    this.#mostTaken = MOST_WRITTEN;
    return taken;
  }

  #note(id: string, key: string, times: number): void {
    let keys = this.#waiting.get(id);
    if (keys === undefined) this.#waiting.set(id, (keys = new Map<string, Touch>()));
    const touch = keys.get(key);
    if (touch !== undefined) {
      touch.times += times;
      touch.last = this.#now();
      return;
    }
    keys.set(key, { id, key, times, last: this.#now() });
    this.#count += 1;
    if (this.#count < MOST_WAITING) return;
    const elapsed = performance.now();
    if (elapsed - this.#lastFull >= PAUSE_MS) {
      this.#lastFull = elapsed;
      this.#mostTaken = MOST_WRITTEN_ALONE;
      this.onFull();
    } else if (this.#count >= 2 * MOST_WAITING) {
      this.#forget((touch) => touch.times === 1);
      if (this.#count >= MOST_WAITING) this.#forget(() => true);
    }
  }

  #forget(condition: (touch: Touch) => boolean): void {
    for (const keys of this.#waiting.values()) {
      for (const [key, touch] of keys) {
        if (!condition(touch)) continue;
        keys.delete(key);
        this.#count -= 1;
      }
    }
  }
}

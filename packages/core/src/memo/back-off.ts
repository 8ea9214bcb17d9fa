import { LRUCache } from "lru-cache";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Keys whose failures are remembered. */
const MOST_KEYS = 1000;

interface Failures {
  readonly count: number;
  readonly retryAt: number;
}

/**
 * When a key whose computation fails may be tried again while there is a stale result to answer with:
 * after one second, and twice as long after each further failure in a row, up to a minute (exponential
 * back-off).
 */
export class BackOff {
  readonly #failures = new LRUCache<string, Failures>({ max: MOST_KEYS });

  isPausing(key: string, now: number): boolean {
    const failures = this.#failures.get(key);
    // A longer time is one of a clock that was ahead.
    const left = failures === undefined ? 0 : failures.retryAt - now;
    return left > 0 && left <= LONGEST_PAUSE_MS;
  }

  failed(key: string, now: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS);
    this.#failures.set(key, { count, retryAt: now + pause });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}

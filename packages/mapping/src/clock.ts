/** Where the time comes from. Give your own to make expiry testable. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number;
}

/** The system's clock, the default. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until it is told otherwise. */
export class ManualClock implements Clock {
  #now: number;

  /** @param start milliseconds since the epoch; default 2020-01-01T00:00Z */
  constructor(start: number = Date.UTC(2020, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the time by so many milliseconds, backwards when negative. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

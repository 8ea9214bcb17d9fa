/** Points that are remembered; then every second one is given up. */
const MOST_POINTS = 512;

interface Point {
  readonly since: number;
  readonly level: number;
}

/**
 * How the level below which entries are evicted has risen over time. An entry's priority counts from
 * the level at which it was last used, so that what is not used any more is passed by what is.
 *
 * Before `begin` nothing is known; there the level is taken to have risen steadily.
 */
export class Aging {
  #start: number | undefined;
  #ratePerMs = 0;
  /** Invariant: both members ascend. */
  #points: Point[] = [];

  /** The level now. */
  get level(): number {
    return this.#points.at(-1)?.level ?? 0;
  }

  get hasBegun(): boolean {
    return this.#start !== undefined;
  }

  /**
   * @param now milliseconds since the epoch, as all times here
   * @param ratePerMs of the rise before
   */
  begin(now: number, ratePerMs: number): void {
    this.#start = now;
    this.#ratePerMs = ratePerMs;
  }

  /** The level at a time; below 0 before the beginning. */
  levelAt(time: number): number {
    const start = this.#start ?? time;
    if (time < start) return (time - start) * this.#ratePerMs;
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#points[middle]!.since <= time) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#points[low - 1]!.level;
  }

  /** Notes the priority of the dearest entry that was evicted. The level never falls. */
  raise(level: number, now: number): void {
    if (!(level > this.level) || level === Infinity) return;
    const last = this.#points.at(-1);
    if (last !== undefined && last.since >= now) this.#points.pop();
    this.#points.push({ since: Math.max(now, last?.since ?? now), level });
    if (this.#points.length > MOST_POINTS) {
      this.#points = this.#points.filter((_, index) => index % 2 === 1);
    }
  }
}

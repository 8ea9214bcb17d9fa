/** The state of all invalidations in a backend. */
export interface Generation {
  /** Changes when counting began anew: nothing is known then of what was invalidated before. */
  readonly life: string;
  /** Grows with every invalidation. */
  readonly count: number;
}

/** The state of a backend in which nothing was counted yet. */
export const NOTHING_YET: Generation = { life: "", count: 0 };

export function next({ life, count }: Generation): Generation {
  return { life, count: count + 1 };
}

/** Whether nothing was counted between two moments of which one is known to be no later. */
export function isUnchanged(since: Generation, state: Generation): boolean {
  return isSame(since, state) || (since.life === "" && state.count === 0);
}

/** Whether two are of the same moment. */
export function isSame(one: Generation, other: Generation): boolean {
  return one.life === other.life && one.count === other.count;
}

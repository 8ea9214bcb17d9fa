/** What is stored with a result where its value alone does not say it. */
export interface Terms {
  /** Until when it is fresh, in milliseconds since the epoch. Absent: as long as it is stored. */
  readonly freshUntil?: number;
  /** Present where it is an error that the method rejected with. */
  readonly failed?: true;
  /** Present where the result has tags: what was known of invalidations when its computation began. */
  readonly tags?: TagStamp;
}

/** The tags of a result, and the state of all invalidations that it was computed in. */
export interface TagStamp {
  readonly names: readonly string[];
  readonly life: string;
  readonly count: number;
}

/** Begins what is stored of results that have terms; the number is the format's version. */
const MARK = "class-cache:result:1";

const NONE: Terms = {};

/**
 * A result as it is stored: bare where there is nothing to say of it. What looks like a result with
 * terms is stored with terms, so that no value is ever taken for one.
 */
export function seal(value: unknown, terms: Terms): unknown {
  for (const name in terms)
    if (terms[name as keyof Terms] !== undefined) return [MARK, terms, value];
  return isSealed(value) ? [MARK, NONE, value] : value;
}

/** The result and its terms, from what was stored. */
export function unseal(stored: unknown): { readonly value: unknown; readonly terms: Terms } {
  return isSealed(stored) ? { value: stored[2], terms: stored[1] } : { value: stored, terms: NONE };
}

function isSealed(stored: unknown): stored is readonly [string, Terms, unknown] {
  return Array.isArray(stored) && stored.length === 3 && stored[0] === MARK;
}

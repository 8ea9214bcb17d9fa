/** Least pause between two looks whether the store is still in its place: each costs 5 µs. */
const LOOK_MS = 50;

/**
 * Calls after which the clock is looked at, where the event loop does not turn for so long: each costs a tenth of what
 * a read from memory does.
 */
const MOST_CALLS = 100;

/** @returns tells what `isInPlace` tells now, or has told just now */
export function watchPlace(isInPlace: () => boolean): () => boolean {
  let isThere = true;
  let lookedAt = -Infinity;
  let callsLeft = 0;
  let timer: NodeJS.Timeout | undefined;
  return () => {
    callsLeft -= 1;
    if (callsLeft >= 0) return isThere;
    callsLeft = MOST_CALLS;
    if (timer === undefined) timer = setTimeout(() => (callsLeft = 0), LOOK_MS).unref();
    else timer.refresh();
    const now = performance.now();
    if (now - lookedAt < LOOK_MS) return isThere;
    isThere = isInPlace();
    lookedAt = now;
    return isThere;
  };
}

import { setTimeout as sleep } from "node:timers/promises";
import { AssertionError } from "node:assert";

const PATIENCE_MS = 5_000;

/**
 * The outcome of what must come soon: a backend that never answers is to fail, not to hang. It may be
 * left without a handler: a case that has failed does not wait for the rest.
 */
export function within<T>(
  waiting: Promise<T>,
  what: string,
  milliseconds: number = PATIENCE_MS,
): Promise<T> {
  const stop = new AbortController();
  const limit = sleep(milliseconds, undefined, { signal: stop.signal }).then(() => {
    throw new AssertionError({ message: `${what} did not come within ${milliseconds} ms` });
  });
  const outcome = Promise.race([waiting, limit]).finally(() => stop.abort());
  limit.catch(() => {}); // The abort ends it with an error.
  outcome.catch(() => {});
  return outcome;
}

/** Whether the promise is settled after so many milliseconds. */
export async function isSettledAfter(
  waiting: Promise<unknown>,
  milliseconds: number,
): Promise<boolean> {
  let isSettled = false;
  const note = (): void => {
    isSettled = true;
  };
  waiting.then(note, note);
  await sleep(milliseconds);
  return isSettled;
}

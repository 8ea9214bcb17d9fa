import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { isBusy, storeError } from "./sqlite-error.ts";

/** Tries that follow each other at once, before pauses begin. */
const QUICK_TRIES = 2;
const LONGEST_PAUSE_MS = 20;

/**
 * Waits before the next try for a lock that others hold: at first only for what else this process
 * has to do, then longer, and by chance, so that those who wait do not come in step.
 *
 * @param tries how many there have been, from 1
 */
export async function pause(tries: number): Promise<void> {
  if (tries <= QUICK_TRIES) await setImmediate();
  else await sleep(Math.min(2 ** (tries - QUICK_TRIES), LONGEST_PAUSE_MS) * Math.random());
}

/** Runs what has to do with a file again and again while others keep it locked, for some time. */
export async function insist<T>(
  { path, busyTimeout }: { readonly path: string; readonly busyTimeout: number },
  work: () => T,
): Promise<T> {
  const deadline = performance.now() + busyTimeout;
  for (let tries = 1; ; tries += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() >= deadline) throw storeError("write to", path, error);
      await pause(tries);
    }
  }
}

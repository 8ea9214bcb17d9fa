import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { isBusy, storeError } from "./sqlite-error.ts";

/**
 * Tries that follow naps. A lock is mostly held for some 30 µs; a timer waits 1 ms at least, and to try again
 * at once takes the core from who holds it.
 */
const NAPS = 8;
const LONGEST_NAP_MS = 0.1;
const LONGEST_PAUSE_MS = 20;

const napping = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits before the next try for a lock that others hold: at first hardly longer than a write takes, then
 * longer while the process does other work, and by chance, so that those who wait do not come in step.
 *
 * @param tries how many there have been, from 1
 */
export async function pause(tries: number): Promise<void> {
  if (tries <= NAPS) {
    Atomics.wait(napping, 0, 0, LONGEST_NAP_MS * Math.random());
    await setImmediate();
  } else await sleep(Math.min(2 ** (tries - NAPS), LONGEST_PAUSE_MS) * Math.random());
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

import { setImmediate, setTimeout as sleep } from "node:timers/promises";

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

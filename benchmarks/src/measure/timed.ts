import type { Pace } from "./pace.ts";

/** So many operations, one after the other. */
export type Operations = (count: number) => Promise<void>;

/** @returns nanoseconds an operation */
export async function timed(operations: Operations, count: number): Promise<number> {
  const start = process.hrtime.bigint();
  await operations(count);
  return Number(process.hrtime.bigint() - start) / count;
}

/**
 * Warms up.
 *
 * @returns how many operations take about as long as a round
 */
export async function calibrated(
  operations: Operations,
  { warmUpMs, roundMs }: Pick<Pace, "warmUpMs" | "roundMs">,
): Promise<number> {
  let count = 1;
  const end = performance.now() + warmUpMs;
  do {
    const fitting = Math.round((roundMs * 1e6) / (await timed(operations, count)));
    count = Math.max(1, Math.min(count * 8, fitting));
  } while (performance.now() < end);
  return count;
}

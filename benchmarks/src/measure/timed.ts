import type { Pace } from "./pace.ts";

/** So many operations, one after the other. */
export type Operations = (count: number) => Promise<void>;

/** @returns nanoseconds an operation */
export async function timed(operations: Operations, count: number): Promise<number> {
  const start = process.hrtime.bigint();
  await operations(count);
  return Number(process.hrtime.bigint() - start) / count;
}

/** A warming up that waits more than it computes takes so many times as long, at most. */
const LONGEST = 4;

/**
 * Warms up, for as long as the compiler needs: time that other processes had does not count.
 *
 * @returns how many operations take about as long as a round
 */
export async function calibrated(
  operations: Operations,
  { warmUpMs, roundMs }: Pick<Pace, "warmUpMs" | "roundMs">,
): Promise<number> {
  let count = 1;
  const end = performance.now() + LONGEST * warmUpMs;
  const before = process.cpuUsage();
  do {
    const fitting = Math.round((roundMs * 1e6) / (await timed(operations, count)));
    count = Math.max(1, Math.min(count * 8, fitting));
  } while (computedMs(before) < warmUpMs && performance.now() < end);
  return count;
}

function computedMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

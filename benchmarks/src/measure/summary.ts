import type { Measured } from "./contest.ts";
import type { Quartiles } from "./quartiles.ts";
import { quartiles } from "./quartiles.ts";

/** One timed thing of one contender in one case. */
export interface Timing {
  readonly measured: Measured;
  readonly what: string;
}

export interface Comparison {
  /** Of the ratios round by round, which a drift between rounds does not touch. */
  readonly ratio: Quartiles;
  /** Of all rounds together: what comes once in several rounds, such as a checkpoint, counts too. */
  readonly totals: number;
}

/** The rounds that were run, in nanoseconds an operation. */
export function roundsOf({ measured, what }: Timing): number[] {
  return (measured.rounds[what] ?? []).filter((figure) => figure !== null);
}

/** @returns undefined when there is no round in which both were timed */
export function compare(timing: Timing, base: Timing): Comparison | undefined {
  const bases = base.measured.rounds[base.what] ?? [];
  const ratios: number[] = [];
  let sum = 0;
  let baseSum = 0;
  for (const [round, figure] of (timing.measured.rounds[timing.what] ?? []).entries()) {
    const against = bases[round] ?? null;
    if (figure === null || against === null) continue;
    ratios.push(figure / against);
    sum += figure;
    baseSum += against;
  }
  return ratios.length === 0 ? undefined : { ratio: quartiles(ratios), totals: sum / baseSum };
}

/** What a contender was measured to take for a case. */
export function find(
  all: readonly Measured[],
  name: string,
  contender: string,
): Measured | undefined {
  return all.find((one) => one.case === name && one.contender === contender);
}

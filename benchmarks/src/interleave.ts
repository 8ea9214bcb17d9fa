/** Something to measure: a number of operations, one after the other. */
export interface Contender {
  readonly name: string;
  /** Runs so many operations. */
  run(operations: number): Promise<void>;
}

/** Nanoseconds per operation of one contender, a figure a round. */
export interface Measured {
  readonly name: string;
  readonly rounds: readonly number[];
}

/**
 * Lets contenders take turns, round after round in changing order, so that a drift of the machine's
 * speed meets all of them alike. The first rounds warm up and do not count.
 */
export async function interleave(
  contenders: readonly Contender[],
  { operations, rounds, warmup = 2 }: { operations: number; rounds: number; warmup?: number },
): Promise<Measured[]> {
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < rounds + warmup; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (turn + round) % contenders.length;
      const start = process.hrtime.bigint();
      await contenders[index]!.run(operations);
      const perOperation = Number(process.hrtime.bigint() - start) / operations;
      if (round >= warmup) times[index]!.push(perOperation);
    }
  }
  return contenders.map(({ name }, index) => ({ name, rounds: times[index]! }));
}

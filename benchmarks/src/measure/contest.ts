import type { Pace } from "./pace.ts";
import type { Round } from "./program.ts";
import { Remote } from "./remote.ts";

export interface Contender {
  readonly name: string;
  /** Of its program. */
  readonly module: URL;
  readonly options: object;
}

/** Cases that one process measures one after the other, and who takes part. */
export interface Group {
  readonly cases: readonly string[];
  readonly contenders: readonly Contender[];
}

/** What one contender's rounds of a case took; null where it sat out. */
export interface Measured {
  readonly case: string;
  readonly contender: string;
  /** By what was timed, in nanoseconds an operation, generation after generation. */
  readonly rounds: Readonly<Record<string, readonly (number | null)[]>>;
}

/**
 * Lets contenders take turns, each in a process of its own, round after round in changing order, so
 * that a drift of the machine's speed meets all of them alike.
 */
export async function contest(groups: readonly Group[], pace: Pace): Promise<Measured[]> {
  const tallies = new Map<string, Tally>();
  for (let generation = 0; generation < pace.generations; generation += 1) {
    for (const group of groups) {
      const remotes = group.contenders.map(({ module, options }) => new Remote(module, options));
      try {
        for (const name of group.cases) {
          await compete(name, group.contenders, remotes, pace, generation, tallies);
        }
      } finally {
        await Promise.all(remotes.map((remote) => remote.close()));
      }
    }
  }
  return [...tallies.values()];
}

interface Tally extends Measured {
  readonly rounds: Record<string, (number | null)[]>;
}

async function compete(
  name: string,
  contenders: readonly Contender[],
  remotes: readonly Remote[],
  { rounds, budgetMs }: Pace,
  generation: number,
  tallies: Map<string, Tally>,
): Promise<void> {
  const left = new Map<number, number>();
  for (const [index, remote] of remotes.entries()) {
    if (await remote.prepare(name)) left.set(index, budgetMs);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < remotes.length; turn += 1) {
      const index = (turn + round) % remotes.length;
      if ((left.get(index) ?? 0) <= 0) continue;
      const start = performance.now();
      const figures = await remotes[index]!.round();
      left.set(index, left.get(index)! - (performance.now() - start));
      const contender = contenders[index]!.name;
      const key = JSON.stringify([name, contender]);
      const tally = tallies.get(key) ?? { case: name, contender, rounds: {} };
      tallies.set(key, tally);
      note(tally, figures, generation * rounds + round);
    }
  }
}

function note({ rounds }: Tally, figures: Round, at: number): void {
  for (const [what, figure] of Object.entries(figures)) {
    const column = (rounds[what] ??= []);
    while (column.length < at) column.push(null);
    column[at] = Number(figure.toPrecision(5));
  }
}

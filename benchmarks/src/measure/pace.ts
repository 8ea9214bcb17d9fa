/** How much is measured. */
export interface Pace {
  /** Sets of fresh processes: what a process has by chance, such as its layout, is drawn anew. */
  readonly generations: number;
  /** Rounds of each contender in each generation. */
  readonly rounds: number;
  /** What a round takes, roughly, in milliseconds. */
  readonly roundMs: number;
  /** What a process computes before the rounds, in milliseconds: the compiler is at work until then. */
  readonly warmUpMs: number;
  /** A contender that has taken so many milliseconds for a case sits out its other rounds. */
  readonly budgetMs: number;
  /** Of the largest store. */
  readonly mostEntries: number;
  /** How long processes work on one store together, in milliseconds, each time. */
  readonly togetherMs: number;
}

export const FULL: Pace = {
  generations: 3,
  rounds: 15,
  roundMs: 5,
  warmUpMs: 150,
  budgetMs: 400,
  mostEntries: 1_000_000,
  togetherMs: 600,
};

/** To see that it works, and for a rough figure. */
export const QUICK: Pace = {
  generations: 1,
  rounds: 9,
  roundMs: 3,
  warmUpMs: 120,
  budgetMs: 100,
  mostEntries: 10_000,
  togetherMs: 300,
};

/** Counts since the process began or `resetStats()`. */
export interface MethodStats {
  /** Calls answered without computing: from memory, from the backend, or by another call's computation. */
  readonly hits: number;
  /** Of these, the ones answered from this process's memory. */
  readonly memoryHits: number;
  /** Of the hits, the ones answered with a result past its time. */
  readonly stale: number;
  /** Computations. */
  readonly misses: number;
  /**
   * Failures that callers were spared: of the backend, of computations while something stale was the
   * answer, and of verifications, divergences included.
   */
  readonly errors: number;
  /** Milliseconds that computing what was hit had taken. */
  readonly timeSaved: number;
  /** Milliseconds spent in computations, failed ones and verifications included. */
  readonly timeSpent: number;
  /** Remembered results that the option `verify` had computed once more, and compared. */
  readonly verified: number;
  /** Of these, the ones that differed. */
  readonly divergences: number;
}

/** The totals, and the same for each method. */
export interface Stats extends MethodStats {
  /** By class and method, as in `Embedder.embed`, or by a function's id. */
  readonly methods: Readonly<Record<string, MethodStats>>;
}

/** The numbers of one method while they are counted. */
export type Counters = { -readonly [Name in keyof MethodStats]: MethodStats[Name] };

const countersByMethod = new Map<string, Counters>();

/** The counters of a method. Classes of one name share them. */
export function countersOf(method: string): Counters {
  let counters = countersByMethod.get(method);
  if (counters === undefined) {
    counters = zero();
    countersByMethod.set(method, counters);
  }
  return counters;
}

/** What caching did in this process so far: a snapshot. */
export function stats(): Stats {
  const total = zero();
  const methods: Record<string, MethodStats> = {};
  for (const [method, counters] of countersByMethod) {
    methods[method] = { ...counters };
    for (const name of Object.keys(total) as (keyof Counters)[]) total[name] += counters[name];
  }
  return { ...total, methods };
}

/** Sets all counts to zero. */
export function resetStats(): void {
  for (const counters of countersByMethod.values()) Object.assign(counters, zero());
}

function zero(): Counters {
  return {
    hits: 0,
    memoryHits: 0,
    stale: 0,
    misses: 0,
    errors: 0,
    timeSaved: 0,
    timeSpent: 0,
    verified: 0,
    divergences: 0,
  };
}

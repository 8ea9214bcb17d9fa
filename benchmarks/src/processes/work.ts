/** One of the processes that work on a store together. */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Program } from "../measure/program.ts";
import { payloads } from "../stores/payload.ts";
import { stores } from "../stores/rounds.ts";
import type { OpenStore, Store } from "../stores/store.ts";
import { count } from "./histogram.ts";

interface Mode {
  /** One in so many operations writes. */
  readonly writes: number;
  /** Between two operations. */
  readonly pauseMs: number;
}

const modes: Readonly<Record<string, Mode>> = {
  get: { writes: Infinity, pauseMs: 0 },
  set: { writes: 1, pauseMs: 0 },
  "9 gets, 1 set": { writes: 10, pauseMs: 0 },
  "a set each ms": { writes: 1, pauseMs: 1 },
};

export const MODES: readonly string[] = Object.keys(modes);

/** What the machine does to operations that share nothing but its cores. */
const noStore: OpenStore = async () => {
  const busy = (): void => {
    const end = process.hrtime.bigint() + 20_000n;
    while (process.hrtime.bigint() < end);
  };
  return { get: busy, has: busy, set: busy, close: () => {} };
};

export const contenders: Readonly<Record<string, OpenStore>> = {
  ...stores,
  "no store, 20 µs of work": noStore,
};

/** After so many operations a process lets its other tasks run, such as serving other processes. */
const OPERATIONS_A_TURN = 16;

/**
 * Operations of each process before a round. The compiler goes by them, not by time: of several processes on
 * a few cores each would be left the colder the more they are. It is at it for long: of eight processes on
 * two cores each had made 40,000 reads before all of them together made as many a second as later.
 */
const WARM_UP_OPERATIONS = 60_000;
/** A store with which they take longer waits more than it computes. */
const LONGEST_WARM_UP_MS = 2500;

export interface WorkOptions {
  readonly store: string;
  readonly folder: string;
  /** Tells the processes apart. */
  readonly seed: number;
  readonly ms: number;
}

/** What a round has besides its histogram: how many failed, and the longest. */
export const FAILED = "failed";
export const WORST = "worst";

const payload = payloads[0]!;

export async function program({ store: name, folder, seed, ms }: WorkOptions): Promise<Program> {
  const store: Store = await contenders[name]!(folder);
  let at = seed * 7919;
  let writes = 1;
  let pauseMs = 0;
  const operate = (): unknown => {
    at += 1;
    const key = payload.keys[(at * 271) % payload.keys.length]!;
    return at % writes === 0 ? store.set(key, payload.valueAt(at)) : store.get(key);
  };
  const work = async (duration: number, most = Infinity): Promise<Record<string, number>> => {
    const round: Record<string, number> = { [FAILED]: 0, [WORST]: 0 };
    const end = performance.now() + duration;
    for (let done = 1; done <= most && performance.now() < end; done += 1) {
      const start = process.hrtime.bigint();
      try {
        await operate();
      } catch {
        round[FAILED]! += 1;
      }
      const ns = Number(process.hrtime.bigint() - start);
      count(round, ns);
      round[WORST] = Math.max(round[WORST]!, ns);
      if (pauseMs > 0) await sleep(pauseMs);
      else if (done % OPERATIONS_A_TURN === 0) await nextTurn();
    }
    return round;
  };
  return {
    async prepare(mode) {
      ({ writes } = modes[mode]!);
      pauseMs = 0;
      await work(LONGEST_WARM_UP_MS, WARM_UP_OPERATIONS);
      ({ pauseMs } = modes[mode]!);
      return true;
    },
    round: () => work(ms),
    close: async () => store.close(),
  };
}

import type { Pace } from "../measure/pace.ts";
import { Remote } from "../measure/remote.ts";
import { scratchFolder } from "../measure/scratch.ts";
import type { Wanted } from "../measure/wanted.ts";
import { payloads } from "../stores/payload.ts";
import type { Histogram } from "./histogram.ts";
import { merged, quantile } from "./histogram.ts";
import type { WorkOptions } from "./work.ts";
import { contenders, FAILED, MODES, WORST } from "./work.ts";

/** Those that let several processes in; `level()` is the one process's owner and the others' guest. */
const STORES = [
  "fileBlocks()",
  "sqlite()",
  "level(), owner",
  "node:sqlite",
  "lmdb",
  "a file per key",
  "no store, 20 µs of work",
];

const PROCESSES = [1, 2, 4, 8];

export interface Together {
  readonly store: string;
  readonly mode: string;
  readonly processes: number;
  readonly perSecond: number;
  /** Nanoseconds an operation, of all processes. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly failed: number;
}

/** Processes that read and write one store, each operation awaited before the process's next. */
export async function measureProcesses(isWanted: Wanted, pace: Pace): Promise<Together[]> {
  const all: Together[] = [];
  for (let generation = 0; generation < pace.generations; generation += 1) {
    for (const store of STORES.filter(isWanted)) {
      for (const processes of PROCESSES) {
        all.push(...(await together(store, processes, pace.togetherMs)));
      }
    }
  }
  return all;
}

async function together(store: string, processes: number, ms: number): Promise<Together[]> {
  const folder = scratchFolder();
  await fill(store, folder);
  const module = new URL("work.ts", import.meta.url);
  const remotes = Array.from({ length: processes }, (_, seed) => {
    const options: WorkOptions = { store, folder, seed, ms };
    return new Remote(module, options);
  });
  const results: Together[] = [];
  for (const mode of MODES) {
    await Promise.all(remotes.map((remote) => remote.prepare(mode)));
    const rounds = await Promise.all(remotes.map((remote) => remote.round()));
    const histograms = rounds.map(({ [FAILED]: _f, [WORST]: _w, ...histogram }) => histogram);
    const histogram: Histogram = merged(histograms);
    const operations = Object.values(histogram).reduce((sum, times) => sum + times, 0);
    results.push({
      store,
      mode,
      processes,
      perSecond: Math.round((operations * 1000) / ms),
      p50: Math.round(quantile(histogram, 0.5)),
      p99: Math.round(quantile(histogram, 0.99)),
      worst: Math.max(...rounds.map((round) => round[WORST]!)),
      failed: rounds.reduce((sum, round) => sum + round[FAILED]!, 0),
    });
  }
  await Promise.all(remotes.map((remote) => remote.close()));
  return results;
}

async function fill(name: string, folder: string): Promise<void> {
  const [{ keys, valueAt }] = payloads as [(typeof payloads)[number]];
  const store = await contenders[name]!(folder);
  for (const [index, key] of keys.entries()) await store.set(key, valueAt(index));
  await store.close();
}

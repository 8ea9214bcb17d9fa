import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Measured } from "../measure/contest.ts";
import { contest } from "../measure/contest.ts";
import { inFreshProcess } from "../measure/fresh-process.ts";
import type { Pace } from "../measure/pace.ts";
import { scratchFolder } from "../measure/scratch.ts";
import type { Wanted } from "../measure/wanted.ts";
import type { DiskOptions, DiskTaken } from "./disk.ts";
import type { BackendName, Stock } from "./entries.ts";
import { BACKENDS } from "./entries.ts";
import type { MemoryTaken } from "./memory.ts";
import type { ScaleOptions } from "./rounds.ts";
import { OPERATIONS } from "./rounds.ts";

/** Stores that are overwritten: the share of the largest one's entries, and bytes of a value. */
const OVERWRITTEN = [
  { share: 0.1, valueBytes: 100 },
  { share: 0.02, valueBytes: 1000 },
  { share: 0.005, valueBytes: 10_000 },
];

/** For each generation. */
const FIRST_HITS = 3;

export interface ScaleRaw {
  readonly backends: readonly BackendScale[];
}

export interface BackendScale {
  readonly backend: BackendName;
  readonly sizes: readonly SizeScale[];
  /** The contenders are the numbers of entries, as text. */
  readonly operations: readonly Measured[];
  readonly disk: readonly (DiskTaken & Pick<DiskOptions, "entries" | "valueBytes">)[];
}

export interface SizeScale {
  readonly entries: number;
  /** Microseconds an entry, a thousand at once. */
  readonly fill: number;
  /** Milliseconds from opening to the first hit, each in a fresh process. */
  readonly firstHits: readonly number[];
  readonly memory: MemoryTaken;
}

export async function measureScale(isWanted: Wanted, pace: Pace): Promise<ScaleRaw> {
  const sizes = [1000, 10_000, 100_000, 1_000_000].filter((size) => size <= pace.mostEntries);
  const backends: BackendScale[] = [];
  for (const backend of BACKENDS) {
    if (isWanted(backend)) backends.push(await measureBackend(backend, sizes, pace));
  }
  return { backends };
}

async function measureBackend(
  backend: BackendName,
  sizes: readonly number[],
  pace: Pace,
): Promise<BackendScale> {
  const stocks = sizes.map((entries): Stock => ({ backend, folder: scratchFolder(), entries }));
  const fills: number[] = [];
  for (const stock of stocks) {
    fills.push(await inFreshProcess<number>(new URL("fill.ts", import.meta.url), stock));
  }
  const firstHits = stocks.map((): number[] => []);
  for (let time = 0; time < FIRST_HITS * pace.generations; time += 1) {
    for (const [index, stock] of stocks.entries()) {
      const module = new URL("first-hit.ts", import.meta.url);
      firstHits[index]!.push(await inFreshProcess<number>(module, stock));
    }
  }
  const memories: MemoryTaken[] = [];
  for (const stock of stocks) {
    const module = new URL("memory.ts", import.meta.url);
    memories.push(await inFreshProcess<MemoryTaken>(module, stock));
  }
  const contenders = stocks.map((stock) => {
    const options: ScaleOptions = { ...stock, pace };
    return { name: `${stock.entries}`, module: new URL("rounds.ts", import.meta.url), options };
  });
  const operations = await contest([{ cases: OPERATIONS, contenders }], pace);
  return {
    backend,
    sizes: stocks.map(({ entries }, index) => ({
      entries,
      fill: fills[index]!,
      firstHits: firstHits[index]!,
      memory: memories[index]!,
    })),
    operations,
    disk: await overwritten(backend, pace),
  };
}

async function overwritten(backend: BackendName, pace: Pace): Promise<BackendScale["disk"]> {
  const disk: (DiskTaken & Pick<DiskOptions, "entries" | "valueBytes">)[] = [];
  for (const { share, valueBytes } of OVERWRITTEN) {
    const entries = share * pace.mostEntries;
    const folder = join(scratchFolder(), "overwritten");
    mkdirSync(folder);
    const options: DiskOptions = { backend, folder, entries, valueBytes };
    const module = new URL("disk.ts", import.meta.url);
    disk.push({ entries, valueBytes, ...(await inFreshProcess<DiskTaken>(module, options)) });
  }
  return disk;
}

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Pace } from "../measure/pace.ts";
import type { Wanted } from "../measure/wanted.ts";
import type { Bytes } from "./bytes.ts";
import { bytesOf } from "./bytes.ts";

export const OURS = [
  "@class-cache/core",
  "@class-cache/mapping",
  "@class-cache/file",
  "@class-cache/sqlite",
  "@class-cache/level",
];

const PEERS = [
  "memoizee",
  "p-memoize",
  "lru-cache",
  "async-cache-dedupe",
  "@epic-web/cachified",
  "bentocache",
  "cacheable",
  "keyv",
  "flat-cache",
  "cacache",
  "lmdb",
  "classic-level",
  "better-sqlite3",
];

const folder = fileURLToPath(new URL("../..", import.meta.url));

export interface Cold {
  readonly package: string;
  /** Milliseconds that the import takes, each in a fresh process. */
  readonly imports: readonly number[];
  readonly bytes: Bytes;
}

/** What a package costs before it does anything; packages take turns. */
export async function measureCold(isWanted: Wanted, pace: Pace): Promise<Cold[]> {
  const packages = [...OURS, ...PEERS].filter(isWanted);
  const imports = packages.map((): number[] => []);
  for (let round = 0; round < pace.rounds; round += 1) {
    for (let turn = 0; turn < packages.length; turn += 1) {
      const index = (turn + round) % packages.length;
      imports[index]!.push(importOf(packages[index]!));
    }
  }
  const all: Cold[] = [];
  for (const [index, name] of packages.entries()) {
    all.push({ package: name, imports: imports[index]!, bytes: await bytesOf(name, folder) });
  }
  return all;
}

function importOf(name: string): number {
  const program = `
    const start = performance.now();
    await import(${JSON.stringify(name)});
    process.stdout.write(String(performance.now() - start));
    process.exit();`;
  const args = ["--input-type=module", "--eval", program];
  return Number(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" }));
}

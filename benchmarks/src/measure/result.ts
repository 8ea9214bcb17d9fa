import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import type { Pace } from "./pace.ts";

/** Every figure of a suite, and where and when they were measured. */
export interface Result<Raw = unknown> {
  readonly suite: string;
  /** Measures the same again. */
  readonly command: string;
  readonly date: string;
  readonly machine: Machine;
  /** What was measured; null outside a clone. Ends in `+` when files were changed since. */
  readonly commit: string | null;
  readonly pace: Pace;
  readonly seconds: number;
  readonly raw: Raw;
}

export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Of the last minute, before and after. */
  readonly load: readonly [before: number, after: number];
}

/** Runs a suite and notes what its figures hang on. */
export async function resultOf<Raw>(
  suite: string,
  pace: Pace,
  measure: () => Promise<Raw>,
): Promise<Result<Raw>> {
  const before = loadavg()[0]!;
  const date = new Date();
  const raw = await measure();
  return {
    suite,
    command: `npm run bench -- ${suite}`,
    date: date.toISOString(),
    machine: {
      node: process.version,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()}`,
      load: [before, loadavg()[0]!],
    },
    commit: commit(),
    pace,
    seconds: Math.round((Date.now() - date.getTime()) / 1000),
    raw,
  };
}

export function writeResult(folder: string, result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(pathOf(folder, result.suite), `${JSON.stringify(result)}\n`);
}

/** @returns undefined when the suite was not measured */
export function readResult<Raw>(folder: string, suite: string): Result<Raw> | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(folder, suite), "utf8")) as Result<Raw>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function pathOf(folder: string, suite: string): string {
  return join(folder, `${suite}.json`);
}

function commit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+");
  } catch {
    return null;
  }
}

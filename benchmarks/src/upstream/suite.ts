import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inFreshProcess } from "../measure/fresh-process.ts";
import type { Pace } from "../measure/pace.ts";
import type { Wanted } from "../measure/wanted.ts";
import type { Turn, TurnOptions } from "./turn.ts";
import { MANY, RAW } from "./turn.ts";

const CONTENDERS = [
  RAW,
  "append log",
  "fileBlocks()",
  `fileBlocks()${MANY}`,
  "sqlite()",
  `sqlite()${MANY}`,
  "level(), owner",
  `level(), owner${MANY}`,
  "node:sqlite",
  "better-sqlite3",
  "classic-level",
];

/** In each generation. */
const TURNS = 2;

export interface UpstreamRaw {
  readonly contenders: Readonly<Record<string, readonly Turn[]>>;
  /** Python's class-cache; null where it is not installed. */
  readonly python: readonly (Turn & { readonly contender: string })[] | null;
}

/** Contenders take turns in changing order, each turn in a fresh process on a new store. */
export async function measureUpstream(isWanted: Wanted, pace: Pace): Promise<UpstreamRaw> {
  const wanted = CONTENDERS.filter((name) => name === RAW || isWanted(name));
  const contenders: Record<string, Turn[]> = {};
  for (let round = 0; round < TURNS * pace.generations; round += 1) {
    for (let turn = 0; turn < wanted.length; turn += 1) {
      const contender = wanted[(turn + round) % wanted.length]!;
      const options: TurnOptions = { contender };
      const figures = await inFreshProcess<Turn>(new URL("turn.ts", import.meta.url), options);
      (contenders[contender] ??= []).push(figures);
    }
  }
  return { contenders, python: python() };
}

function python(): UpstreamRaw["python"] {
  const script = fileURLToPath(new URL("upstream.py", import.meta.url));
  try {
    const output = execFileSync("python3", [script], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Turn & { contender: string });
  } catch {
    return null;
  }
}

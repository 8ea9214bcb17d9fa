import { createRequire } from "node:module";
import type { Group, Measured } from "../measure/contest.ts";
import { contest } from "../measure/contest.ts";
import type { Pace } from "../measure/pace.ts";
import type { Wanted } from "../measure/wanted.ts";
import { OPERATIONS } from "./operations.ts";
import { payloads } from "./payload.ts";
import type { StoreOptions } from "./rounds.ts";
import { stores } from "./rounds.ts";

const rounds = new URL("rounds.ts", import.meta.url);

export interface StoresRaw {
  /** By the size of the values. */
  readonly sizes: Readonly<Record<string, readonly Measured[]>>;
}

/** Operations on stores, by the size of the values, in ns an entry. */
export async function measureStores(isWanted: Wanted, pace: Pace): Promise<StoresRaw> {
  const names = available();
  const sizes: Record<string, readonly Measured[]> = {};
  for (const { label: payload } of payloads) {
    const cases = OPERATIONS.filter((operation) => isWanted(`${operation} ${payload}`));
    if (cases.length === 0) continue;
    const contenders = names.map((store) => {
      const options: StoreOptions = { store, payload, pace };
      return { name: store, module: rounds, options };
    });
    const group: Group = { cases, contenders };
    sizes[payload] = await contest([group], pace);
  }
  return { sizes };
}

/** One of the peers hangs on a package that is compiled where it is installed, if it can be. */
function available(): string[] {
  return Object.keys(stores).filter((name) => name !== "keyv on SQLite" || hasSqlite3());
}

function hasSqlite3(): boolean {
  try {
    createRequire(import.meta.url)("sqlite3");
    return true;
  } catch {
    return false;
  }
}

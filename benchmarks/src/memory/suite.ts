import type { Group, Measured } from "../measure/contest.ts";
import { contest } from "../measure/contest.ts";
import type { Pace } from "../measure/pace.ts";
import type { Wanted } from "../measure/wanted.ts";
import { CASES } from "./cases.ts";
import type { HitOptions } from "./hits.ts";
import { contenderNames } from "./hits.ts";

const hits = new URL("hits.ts", import.meta.url);

/** Hits in this process's memory, by the shape of the arguments, in ns a call. */
export function measureMemory(isWanted: Wanted, pace: Pace): Promise<Measured[]> {
  const groups = CASES.filter(isWanted).map((name): Group => {
    return {
      cases: [name],
      contenders: contenderNames.map((contender) => {
        const options: HitOptions = { contender, pace };
        return { name: contender, module: hits, options };
      }),
    };
  });
  return contest(groups, pace);
}

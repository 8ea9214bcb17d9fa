import type { FaultTheme } from "../fault-case.ts";
import { clockJumps } from "./clock-jumps.ts";
import { damage } from "./damage.ts";
import { inspection } from "./inspection.ts";
import { killLoops } from "./kill-loops.ts";
import { removed } from "./removed.ts";
import { secrets } from "./secrets.ts";
import { stopped } from "./stopped.ts";
import { versions } from "./versions.ts";

/** Every kind of fault, in the order in which they are registered. */
export const faultThemes: readonly FaultTheme[] = [
  damage,
  inspection,
  killLoops,
  stopped,
  clockJumps,
  removed,
  secrets,
  versions,
];

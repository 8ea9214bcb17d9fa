import { join } from "node:path";
import type { Backend } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import type { Place } from "@class-cache/testkit";

/** Also for the processes of the conformance suite. */
export function backend({ folder, ...options }: Place): Backend {
  return sqlite({ path: join(folder, "c.sqlite"), ...options });
}

import type { Backend } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import type { Place } from "@class-cache/testkit";

/** Also for the processes of the conformance suite. */
export function backend({ folder, ...options }: Place): Backend {
  return level({ dir: folder, ...options });
}

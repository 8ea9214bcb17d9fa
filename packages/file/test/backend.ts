import type { Backend } from "@class-cache/mapping";
import { fileBlocks } from "@class-cache/file";
import type { Place } from "@class-cache/testkit";

/** Also for the processes of the conformance suite. */
export function backend({ folder, ...options }: Place): Backend {
  return fileBlocks({ dir: folder, ...options });
}

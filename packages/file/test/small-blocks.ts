import type { Backend } from "@class-cache/mapping";
import { fileBlocks } from "@class-cache/file";
import type { Place } from "@class-cache/testkit";

/** For processes that split and compact blocks all the time. */
export function backend({ folder, ...options }: Place): Backend {
  return fileBlocks({ dir: folder, maxBlockBytes: 2500, ...options });
}

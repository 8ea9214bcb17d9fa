import { join } from "node:path";
import type { Backend } from "@class-cache/mapping";

/** The backends that processes may share. */
export const sharedBackends = ["file", "sqlite", "level"] as const;

export type SharedBackend = (typeof sharedBackends)[number];

/** Loads nothing of the other backends, for the sake of the many processes that are started. */
export async function openBackend(kind: SharedBackend, folder: string): Promise<Backend> {
  if (kind === "file") {
    const { fileBlocks } = await import("@class-cache/file");
    return fileBlocks({ dir: join(folder, "file") });
  }
  if (kind === "sqlite") {
    const { sqlite } = await import("@class-cache/sqlite");
    return sqlite({ path: join(folder, "store.sqlite") });
  }
  const { level } = await import("@class-cache/level");
  return level({ dir: join(folder, "level") });
}

import { join } from "node:path";
import { fileBlocks } from "@class-cache/file";
import { level } from "@class-cache/level";
import type { Backend } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";

/** The backends that processes may share. */
export const sharedBackends = ["file", "sqlite", "level"] as const;

export type SharedBackend = (typeof sharedBackends)[number];

export function openBackend(kind: SharedBackend, folder: string): Backend {
  if (kind === "file") return fileBlocks({ dir: join(folder, "file") });
  if (kind === "sqlite") return sqlite({ path: join(folder, "store.sqlite") });
  return level({ dir: join(folder, "level") });
}

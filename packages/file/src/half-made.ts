import { join } from "node:path";
import { namesIn, remove } from "@class-cache/mapping/disk";
import type { Locks } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { currentEpoch } from "./epoch.ts";
import { isFolderName } from "./paths.ts";

/** What a mapping's folder may have in it before its first epoch. */
const DRAFT = /^(?:mapping\.json(?:\.tmp)?|epoch-\d{8}-[0-9a-f]{8}\.tmp)$/;

/**
 * Removes the folders of mappings whose making was cut short by a death: nobody may ever write to them
 * again. One that a process is just making is left alone, by the lock that this needs.
 */
export async function removeHalfMade(
  calls: FileCalls,
  storeFolder: string,
  locks: Locks,
): Promise<void> {
  for (const name of namesIn(storeFolder, calls)) {
    const folder = join(storeFolder, name);
    if (!isFolderName(name) || !isHalfMade(calls, folder)) continue;
    const lock = await locks.acquire("store", name, { patience: 0 });
    try {
      if (lock !== undefined && isHalfMade(calls, folder)) remove(folder, calls);
    } finally {
      await lock?.release();
    }
  }
}

function isHalfMade(calls: FileCalls, folder: string): boolean {
  try {
    return (
      currentEpoch(calls, folder) === undefined &&
      namesIn(folder, calls).every((name) => DRAFT.test(name))
    );
  } catch {
    return false; // A file of somebody else's.
  }
}

import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { tryLockFile } from "../src/locks.ts";

/** Holds a store's lock as its owner would. @returns ends that */
export function holdOwnerLock(dir: string): () => void {
  const fd = openSync(join(dir, "owner.lock"), "a+", 0o600);
  if (!tryLockFile(fd)) throw new Error("The store has an owner.");
  return () => closeSync(fd);
}

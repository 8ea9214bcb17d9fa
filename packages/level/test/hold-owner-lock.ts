import { closeSync } from "node:fs";
import { join } from "node:path";
import { lockFile } from "@class-cache/mapping/disk";

/** Holds a store's lock as its owner would. @returns ends that */
export function holdOwnerLock(dir: string): () => void {
  const fd = lockFile(join(dir, "owner.lock"));
  if (fd === undefined) throw new Error("The store has an owner.");
  return () => closeSync(fd);
}

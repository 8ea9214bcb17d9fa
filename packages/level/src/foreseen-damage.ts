import { closeSync } from "node:fs";
import { lockFile } from "@class-cache/mapping/disk";
import { foreseeLook } from "./after-death/look.ts";
import { missingFiles } from "./after-death/missing-files.ts";
import type { DamagedFile } from "./engine-files/damaged-file.ts";
import type { StorePaths } from "./paths.ts";
import { foreseeMending } from "./seal/sealed-folder.ts";

/** What whoever opens a database next will find damaged, and mend. */
export interface ForeseenDamage {
  readonly files: readonly DamagedFile[];
  /** Whether the database will be made anew without what is lost, of which nothing tells then. */
  readonly isMadeAnew: boolean;
}

/**
 * Changes nothing but that the file of the owner's lock is made. Of a database that is open it is what can be seen
 * from outside.
 */
export function foreseeDamage({ database, ownerLock }: StorePaths): ForeseenDamage {
  const lock = lockFile(ownerLock);
  if (lock === undefined) {
    return { files: missingFiles(database), isMadeAnew: false };
  }
  try {
    const mended = foreseeMending(database);
    if (mended !== undefined) return { files: mended, isMadeAnew: false };
    const files: DamagedFile[] = [];
    const loss = foreseeLook(database, (file) => files.push(file));
    return { files, isMadeAnew: loss !== undefined };
  } finally {
    closeSync(lock);
  }
}

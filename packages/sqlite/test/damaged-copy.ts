import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

/** Writes a store that was damaged. @returns its path */
export function damagedCopy(sound: Buffer, damage: (bytes: Buffer) => Buffer | void): string {
  const path = join(temporaryFolder(), "c.sqlite");
  const bytes = Buffer.from(sound);
  writeFileSync(path, damage(bytes) ?? bytes);
  return path;
}

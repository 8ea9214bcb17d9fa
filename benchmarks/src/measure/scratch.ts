import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];

/** A new folder on the device that is measured, which `TMPDIR` names; gone with the process. */
export function scratchFolder(): string {
  if (folders.length === 0) process.on("exit", removeAll);
  const folder = mkdtempSync(join(tmpdir(), "class-cache-bench-"));
  folders.push(folder);
  return folder;
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

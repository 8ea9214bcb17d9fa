import { chmodSync, statSync } from "node:fs";

/** What others than its owner may do with a file or folder. */
const OTHERS = 0o077;

/**
 * Takes a database file from others, to whom a copy or whoever made it may have opened it, and what SQLite has
 * laid beside it. What SQLite lays there later gets the mode of the file itself.
 */
export function takeDatabaseFromOthers(path: string): void {
  for (const end of ["", "-wal", "-shm"]) takeFromOthers(path + end);
}

/** The same for one file, or for a folder, and with it all that is in it. */
export function takeFromOthers(path: string): void {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || (stats.mode & OTHERS) === 0) return;
    if (stats.uid === process.geteuid?.()) chmodSync(path, stats.mode & 0o700);
  } catch {
    // Some file systems have no modes of their own; and what uses it next tells what is wrong with it.
  }
}

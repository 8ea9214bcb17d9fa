import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { bootId } from "@class-cache/mapping/disk";
import { indexOf } from "./log-files.ts";

/*
 * A file beside a store that is open says since which start of the machine: what lies there from before another
 * may have been lost in parts with the power, of which nothing can be concluded.
 */

const noteOf = (path: string): string => `${path}-boot`;

/** Notes that a store is open. Asks that SQLite has read it, and with that has made the index of its log. */
export function noteBoot(path: string): void {
  const id = bootId();
  if (id === undefined || isOpenSinceBoot(path)) return;
  try {
    writeFileSync(noteOf(path), id, { mode: 0o600 });
  } catch {
    // Without a note, no log is looked at.
  }
}

/** Whether a store was opened, and not closed by the last who had it open, since the machine was started. */
export function isOpenSinceBoot(path: string): boolean {
  const note = noteOf(path);
  try {
    return existsSync(note) && readFileSync(note, "latin1") === bootId();
  } catch {
    return false;
  }
}

/** Removes the note once nobody has the store open. */
export function forgetBoot(path: string): void {
  if (existsSync(indexOf(path))) return;
  try {
    rmSync(noteOf(path), { force: true });
  } catch {
    // It says nothing where there is no index.
  }
}

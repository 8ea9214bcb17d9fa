import { rmSync, statSync } from "node:fs";
import type { DatabaseSync } from "./engine.ts";
import { connect } from "./engine.ts";
import { isBusy } from "./sqlite-error.ts";

/**
 * Locks a file that is there, for as long as the connection is open. The system unlocks it when its holder dies.
 *
 * SQLite makes a file that is not there any more, so that a name may lead to another file than the one that
 * was opened by it: then the lock says nothing of that one.
 *
 * @returns undefined when somebody holds it, or has just removed it
 */
export function lock(path: string): DatabaseSync | undefined {
  const before = inodeOf(path);
  if (before === undefined) return undefined;
  const db = connect(path);
  try {
    db.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    // As long as a file is open no other gets its number.
    if (inodeOf(path) === before) return db;
    db.close();
    return undefined;
  } catch (error) {
    db.close();
    // SQLite has an input/output error for a file that loses its name between opening and locking it.
    if (isBusy(error) || inodeOf(path) !== before) return undefined;
    throw error;
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** Removes a file that is locked. Windows keeps one that is open; who looks next removes it. */
export function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    return;
  }
}

import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "./engine.ts";
import { connect } from "./engine.ts";

/** When a commit is acknowledged; the names are SQLite's. */
export type Synchronous = "normal" | "full" | "off";

/** SQLite's own size of a page, which stores have. */
export const PAGE_BYTES = 4096;

/** Bytes to which the log of a connection that moves little is cut once it has been copied. */
const LOG_BYTES = 4 * 1024 * 1024;

/** Memory for pages that were read or written, in KiB; SQLite's own 2,000 hold few large values. */
const CACHE_KIB = 16_000;

/**
 * Opens a database file, made where it is missing: its folder with mode 0700, itself and with it
 * what SQLite lays beside it with 0600. Locks that others hold are not waited for.
 */
export function openDatabase(path: string, synchronous: Synchronous): DatabaseSync {
  makeFile(path);
  const db = connect(path);
  try {
    db.exec(
      `PRAGMA busy_timeout = 0;
       PRAGMA synchronous = ${synchronous};
       PRAGMA journal_size_limit = ${LOG_BYTES};
       PRAGMA cell_size_check = ON;
       PRAGMA trusted_schema = OFF;`,
    );
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Settles what the file itself keeps, and what has to be settled before its first table: readers
 * never wait for a writer nor a writer for readers, and pages can be given back bit by bit.
 */
export function layOut(db: DatabaseSync): void {
  db.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;");
}

/** Has a connection that moves much data keep more of it in memory. */
export function makeRoomy(db: DatabaseSync): void {
  db.exec(`PRAGMA cache_size = -${CACHE_KIB};`);
}

/** Runs the work whole or not at all, while nobody else writes; what only reads, in one view of the file. */
export function transact<T>(db: DatabaseSync, work: () => T, kind: "read" | "write" = "write"): T {
  db.exec(kind === "write" ? "BEGIN IMMEDIATE" : "BEGIN");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** SQLite itself has already rolled back after some errors, and then refuses. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec("ROLLBACK");
  } catch {
    return;
  }
}

/**
 * Whether there is a file at a path.
 *
 * @throws what the system says where that does not come out
 */
export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Links on the way to a file, beyond which a system takes them for a circle. */
const MOST_LINKS = 40;

/**
 * Where the file is, or is to be, that a path leads to. SQLite follows a link to a file and lays its own files beside
 * that: what others have to find there, whichever path they have, must not lie beside the link.
 */
export function targetOf(path: string): string {
  let target = path;
  try {
    for (let links = 0; links < MOST_LINKS; links += 1) {
      if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return target;
      target = resolve(realpathSync(dirname(target)), readlinkSync(target));
    }
    return path;
  } catch {
    // Whoever opens it is told what is wrong with it.
    return path;
  }
}

/** Removes a database that nobody has open, and what SQLite lays beside it. */
export function removeFilesOf(path: string): void {
  for (const end of ["", "-journal", "-wal", "-shm"]) rmSync(path + end, { force: true });
}

/**
 * Never opens a file that is there: closing any descriptor of a file ends all locks that this
 * process holds on it, those of SQLite included.
 */
export function makeFile(path: string): void {
  if (isThere(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

import { randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Synchronous } from "./database-file.ts";
import { layOut, makeFile, openDatabase, removeFilesOf, transact } from "./database-file.ts";
import { lock, remove } from "./file-lock.ts";
import { indexOf, logOf } from "./log/log-files.ts";
import { migrate } from "./schema.ts";
import { busyError } from "./sqlite-error.ts";

/** Refusals to link that are the file system's, which cannot do it at all. */
const UNABLE: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** What is that old nobody is making any more. */
const ABANDONED_MS: number = 60 * 60 * 1000;

/** Of one whose file is removed while it is made, by somebody whose clock is off. */
const MOST_TRIES = 5;

/** Writes a file with the tables of a store and no entry. */
function writeNewStore(path: string, synchronous: Synchronous): void {
  const db = openDatabase(path, synchronous);
  try {
    layOut(db);
    transact(db, () => migrate(db, path));
  } finally {
    db.close();
  }
}

/** What is in the file of a new store. @param path beside which there is room for it */
export function newStoreBytes(path: string): Buffer {
  const beside = nameBeside(path);
  try {
    writeNewStore(beside, "off");
    return readFileSync(beside);
  } finally {
    removeFilesOf(beside);
  }
}

/**
 * Makes a store where none is, in one step: whoever finds a file without tables knows that it was damaged.
 * Another process may be quicker; then its store is there.
 *
 * @param link gives a file a second name that nothing has yet
 * @throws an error of SQLite that says it is locked, while another process is doing the same
 */
export function makeStore(path: string, link: typeof linkSync = linkSync): void {
  for (let tries = 1; !tryToMake(path, link, tries === MOST_TRIES); tries += 1);
}

/** @returns whether there is a store now */
function tryToMake(path: string, link: typeof linkSync, isLast: boolean): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  removeAbandoned(path);
  // SQLite would take it for that of the new store.
  if (existsSync(logOf(path))) whileMakingAlone(path, () => removeLog(path));
  const beside = nameBeside(path);
  try {
    writeNewStore(beside, "full");
    link(beside, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (UNABLE.has(code)) whileMakingAlone(path, () => renameSync(beside, path));
    else if (code === "ENOENT" && !isLast) return false;
    else if (code !== "EEXIST") throw error;
  } finally {
    removeFilesOf(beside);
  }
  return true;
}

/** Does what is no single step, unless there is a store by now. */
function whileMakingAlone(path: string, work: () => void): void {
  const beside = `${path}-new-0-00000000`;
  makeFile(beside);
  const db = lock(beside);
  if (db === undefined) throw busyError(path);
  try {
    if (!existsSync(path)) work();
  } finally {
    remove(beside);
    db.close();
  }
}

/**
 * Removes what is left of a store whose database somebody has removed. As long as there is a log, nobody begins
 * the store: so it goes last.
 */
function removeLog(path: string): void {
  if (!existsSync(logOf(path))) return;
  rmSync(indexOf(path), { force: true });
  rmSync(logOf(path), { force: true });
}

/** Removes what processes have left that died while they made this store. */
function removeAbandoned(path: string): void {
  const prefix = `${basename(path)}-new-`;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix) || !NEW.test(name.slice(prefix.length))) continue;
    const file = join(dirname(path), name);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS)
      rmSync(file, { force: true });
  }
}

/** What follows the path of the store and `-new-` in the name of one that is being made. */
const NEW = /^\d+-[0-9a-f]{8}(-journal|-wal|-shm)?$/;

function nameBeside(path: string): string {
  return `${path}-new-${process.pid}-${randomBytes(4).toString("hex")}`;
}

import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Synchronous } from "./database-file.ts";
import { layOut, openDatabase, removeFilesOf, transact } from "./database-file.ts";
import { migrate } from "./schema.ts";

/** Refusals to link that are the file system's, which cannot do it at all. */
const UNABLE: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** Writes a file with the tables of a store and no entry. */
export function writeNewStore(path: string, synchronous: Synchronous): void {
  const db = openDatabase(path, synchronous);
  try {
    layOut(db);
    transact(db, () => migrate(db, path));
  } finally {
    db.close();
  }
}

/**
 * Makes a store where none is, in one step: whoever finds a file without tables knows that it was damaged.
 * Another process may be quicker; then its store is there.
 *
 * @param link gives a file a second name that nothing has yet
 */
export function makeStore(path: string, link: typeof linkSync = linkSync): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  removeAbandoned(path);
  const beside = `${prefixOf(path)}${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    writeNewStore(beside, "full");
    link(beside, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (UNABLE.has(code)) renameSync(beside, path);
    else if (code !== "EEXIST") throw error;
  } finally {
    removeFilesOf(beside);
  }
}

/** Removes what processes have left that died while they made this store. */
function removeAbandoned(path: string): void {
  const prefix = basename(prefixOf(path));
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    const [pid] = name.slice(prefix.length).split("-");
    if (!isAlive(Number(pid))) removeFilesOf(join(dirname(path), name));
  }
}

function prefixOf(path: string): string {
  return `${path}-new-`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

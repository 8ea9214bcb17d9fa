import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type { Damage } from "@class-cache/mapping";
import { newStoreBytes } from "../new-store.ts";
import { whileClosed } from "../own-descriptor.ts";
import { APPLICATION_ID, APPLICATION_ID_AT } from "../schema.ts";
import { isOpenSinceBoot } from "./boot-note.ts";
import { indexOf, logOf } from "./log-files.ts";
import type { LogHeader } from "./log-frames.ts";
import { canReadLogs, headerOf, rewritten, soundFrames } from "./log-frames.ts";
import type { LogIndex } from "./log-index.ts";
import { logIndexIn } from "./log-index.ts";

/**
 * What is wrong with the log of writes that processes have left which were killed: what SQLite cannot read of
 * it, and all behind that, it takes for never written, and what that replaced would come back.
 *
 * `needless`: the database has it all. A log: what it has to be. `lost`: a part of it is nowhere.
 */
type Verdict = "needless" | Buffer | "lost";

/** Of a log that is read; they are a tenth of that unless somebody reads for hours. */
const MOST_BYTES: number = 256 * 1024 * 1024;

/** How long who mends waits for others that look, so long as no process is stopped at that. */
const PATIENCE_MS = 5000;

/**
 * Whether a store, which this process is about to open as the first, was left with a damaged log.
 *
 * @throws an error of SQLite that says it is locked, while somebody else looks for some time
 */
export function hasDamagedLog(path: string): boolean {
  return mayBeLeft(path) && whileClosed(path, 50, (fd) => verdictOn(path, fd)) !== undefined;
}

export const LOG_DAMAGED = "The log of writes that a killed process left is damaged.";

export function logDamage(path: string): Damage {
  return { id: undefined, where: logOf(path), problem: LOG_DAMAGED, code: "ERR_DAMAGED" };
}

/**
 * Mends the log of a store that nobody has open: nothing that was replaced comes back. Where a part of what
 * was written is lost, no entry is certain to be the newest: then the store begins anew.
 *
 * @returns whether there was anything to mend
 */
export function mendLog(path: string): boolean {
  if (!mayBeLeft(path)) return false;
  const isMended = whileClosed(path, PATIENCE_MS, (fd) => {
    const verdict = verdictOn(path, fd);
    if (verdict === undefined) return false;
    if (typeof verdict === "object") replaceLog(path, verdict);
    else if (verdict === "lost") beginAnew(path, fd);
    else removeLog(path);
    return true;
  });
  return isMended ?? false;
}

/**
 * The index alone says what there has to be in the log: until SQLite has made it anew, whoever looks finds the
 * same. So it goes last.
 */
function removeLog(path: string): void {
  rmSync(logOf(path), { force: true });
  rmSync(indexOf(path), { force: true });
}

/** In its place, so that who is about to open the database finds the new store: it would not see another file. */
function beginAnew(path: string, fd: number): void {
  const bytes = newStoreBytes(path);
  truncateSync(logOf(path));
  writeSync(fd, bytes, 0, bytes.length, 0);
  ftruncateSync(fd, bytes.length);
  fsyncSync(fd);
  removeLog(path);
}

/** Puts a log in the place of another in one step. */
function replaceLog(path: string, log: Buffer): void {
  const beside = `${logOf(path)}-mended`;
  const { mode, uid, gid } = statSync(logOf(path));
  try {
    const fd = openSync(beside, "w", 0o600);
    try {
      writeFileSync(fd, log);
      fchmodSync(fd, mode & 0o777);
      if (process.geteuid?.() === 0) fchownSync(fd, uid, gid);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, logOf(path));
  } finally {
    rmSync(beside, { force: true });
  }
}

/**
 * Whether there may be anything to be looked at. After a loss of power a log may end anywhere: what the system had
 * not written yet was not promised.
 */
function mayBeLeft(path: string): boolean {
  if (!canReadLogs || sizeOf(indexOf(path)) === 0) return false;
  return sizeOf(logOf(path)) <= MOST_BYTES && isOpenSinceBoot(path);
}

/**
 * Without an index that is certain, a log that ends at a wrong byte cannot be told from one whose writer was killed
 * there: then it is taken as SQLite takes it.
 *
 * @param fd of the database, which nobody has open
 */
function verdictOn(path: string, fd: number): Verdict | undefined {
  // Who removes a log may have put another database in its place.
  const files = [indexOf(path), logOf(path)].map(read);
  const [, log] = files;
  const index = files[0] && logIndexIn(files[0]);
  if (log === undefined || index === undefined || index.frames === 0) return undefined;
  const header = headerOf(log);
  if (!isIndexOf(index, header)) return undefined;
  if (header !== undefined && soundFrames(log, header) >= index.frames) return undefined;
  // Another program's database is not ours to mend.
  if (!isStore(fd)) return undefined;
  if (index.isCopied) return log.length === 0 ? undefined : "needless";
  return rewritten(log, index) ?? "lost";
}

function isStore(fd: number): boolean {
  const id = Buffer.alloc(4);
  return readSync(fd, id, 0, 4, APPLICATION_ID_AT) === 4 && id.readUInt32BE() === APPLICATION_ID;
}

/**
 * Whether it is that of this log. SQLite writes the header of a log before the index has any frame of it: so where
 * that is damaged, nothing else of the log has to be there.
 */
function isIndexOf(index: LogIndex, header: LogHeader | undefined): boolean {
  return header === undefined || header.salts.equals(index.salts);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

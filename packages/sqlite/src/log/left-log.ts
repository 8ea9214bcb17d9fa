import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Damage } from "@class-cache/mapping";
import { isSinceBoot } from "@class-cache/mapping/disk";
import { PAGE_BYTES } from "../database-file.ts";
import { makeStore } from "../new-store.ts";
import { APPLICATION_ID, APPLICATION_ID_AT } from "../schema.ts";
import { canReadLogs, framesIn, framesOf, headerOf, rewritten, soundFrames } from "./log-frames.ts";
import type { LogIndex } from "./log-index.ts";
import { logIndexIn } from "./log-index.ts";

/**
 * What is wrong with the log of writes that processes have left which were killed: what SQLite cannot read of
 * it, and all behind that, it takes for never written, and what that replaced would come back.
 *
 * `needless`: the database has it all. `mendable`: all of its frames are there. `lost`: some are not.
 */
type Verdict = "needless" | "mendable" | "lost";

interface LeftLog {
  readonly verdict: Verdict;
  readonly log: Buffer;
  readonly index: LogIndex | undefined;
}

/** Of a log that is read; they are a tenth of that unless somebody reads for hours. */
const MOST_BYTES: number = 256 * 1024 * 1024;

const logOf = (path: string): string => `${path}-wal`;
const indexOf = (path: string): string => `${path}-shm`;

/** Whether a store, which this process is about to open as the first, was left with a damaged log. */
export function hasDamagedLog(path: string): boolean {
  return leftLog(path) !== undefined;
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
  const left = leftLog(path);
  if (left === undefined) return false;
  const { verdict, log, index } = left;
  if (verdict === "mendable" && index !== undefined) {
    writeFileSync(logOf(path), rewritten(log, index));
    return true;
  }
  // In this order: without its log, a database would be taken for one that has it all.
  if (verdict === "lost") rmSync(path, { force: true });
  rmSync(logOf(path), { force: true });
  rmSync(indexOf(path), { force: true });
  if (verdict === "lost") makeStore(path);
  return true;
}

function leftLog(path: string): LeftLog | undefined {
  if (!canReadLogs || !isWorthwhile(path) || isOpenAnywhere(indexOf(path))) return undefined;
  // Whoever writes to both writes to the log first.
  const before = read(indexOf(path));
  const index = logIndexIn(before);
  const log = read(logOf(path));
  const verdict = verdictOn(log, index);
  if (verdict === undefined) return undefined;
  // Somebody is at work whom the system does not show.
  if (!read(indexOf(path)).equals(before)) return undefined;
  return isStore(path) ? { verdict, log, index } : undefined;
}

function verdictOn(log: Buffer, index: LogIndex | undefined): Verdict | undefined {
  const header = headerOf(log);
  if (index !== undefined && isIndexOf(index, log)) {
    if (header !== undefined && soundFrames(log, header) >= index.frames) return undefined;
    if (index.frames === 0) return undefined;
    if (index.copied >= index.frames) return log.length === 0 ? undefined : "needless";
    return framesIn(log, index.pageBytes) >= index.frames ? "mendable" : "lost";
  }
  if (header === undefined) return framesIn(log, PAGE_BYTES) > 0 ? "lost" : undefined;
  // The last frame may be one that its writer was killed at.
  return framesOf(log, header) > soundFrames(log, header) + 1 ? "lost" : undefined;
}

/** Another program's database is not ours to begin anew. */
function isStore(path: string): boolean {
  if (!existsSync(path)) return false;
  const fd = openSync(path, "r");
  try {
    const id = Buffer.alloc(4);
    return readSync(fd, id, 0, 4, APPLICATION_ID_AT) === 4 && id.readUInt32BE() === APPLICATION_ID;
  } finally {
    closeSync(fd);
  }
}

/** Whether it is that of this log, as far as there is any of that. */
function isIndexOf(index: LogIndex, log: Buffer): boolean {
  const header = headerOf(log);
  if (header !== undefined) return header.salts.equals(index.salts);
  return framesIn(log, index.pageBytes) === 0 || framesOf(log, index) > 0;
}

/**
 * Whether there is anything to be looked at. After a loss of power a log may end anywhere: what the system had
 * not written yet was not promised.
 */
function isWorthwhile(path: string): boolean {
  const log = statSync(logOf(path), { throwIfNoEntry: false });
  const changed = log ?? statSync(indexOf(path), { throwIfNoEntry: false });
  return changed !== undefined && isSinceBoot(changed.mtimeMs) && (log?.size ?? 0) <= MOST_BYTES;
}

/** Whether a process has the database open, as far as the system tells: each keeps a lock on the index. */
function isOpenAnywhere(path: string): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return false;
  const locks = read("/proc/locks").toString("latin1");
  return locks.includes(`:${stats.ino} `);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { isAt, tryLockFile } from "@class-cache/mapping/disk";
import { busyError } from "./sqlite-error.ts";

/*
 * Closing any descriptor of a file ends all locks that the process holds on it, those of SQLite in other threads
 * included: then another process takes a database that is open for one that is not. So a descriptor of our own on
 * a database is closed only while an exclusive lock of that descriptor shows that SQLite has none. Else it is
 * kept, and used again.
 */

/** By path, for as long as the process lives. */
const kept = new Map<string, number>();

/** Where closing a descriptor ends the locks of no other. */
const isHarmless: boolean = process.platform === "win32";

/** Refusals of a file that may not be written. */
const UNABLE: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ENOENT"]);

const NAP_MS = 1;
/** Holders of whom the system shows nothing stay. */
const MOST_NAPS_FOR_UNSEEN = 5;

const napping = new Int32Array(new SharedArrayBuffer(4));

/**
 * Works on a database without SQLite, while others may have it open.
 *
 * @returns undefined where it may not be written, and in a worker thread unless nobody is seen to have it open: its
 *   descriptors end with the thread
 */
export function withDescriptor<T>(path: string, work: (fd: number) => T): T | undefined {
  if (!isMainThread && !isHarmless && useOf(path) !== "closed") return undefined;
  return hold(path, 0, work);
}

/**
 * Works on a database, its log and its index while nobody has them open, in whatever thread, process or container;
 * who wants to open them waits.
 *
 * @param patience milliseconds to wait, without a turn of the event loop, for who does the same: mostly it takes some
 * @returns undefined where somebody has, or that cannot be told: always in a worker thread
 * @throws an error of SQLite that says it is locked, when somebody still does the same
 */
export function whileClosed<T>(
  path: string,
  patience: number,
  work: (fd: number) => T,
): T | undefined {
  if (!isMainThread || useOf(path) === "open") return undefined;
  return hold(path, patience, (fd, use) => {
    if (use === "looked at") throw busyError(path);
    return use === "closed" ? work(fd) : undefined;
  });
}

function hold<T>(path: string, patience: number, work: (fd: number, use: Use) => T): T | undefined {
  const fd = descriptorOf(path);
  if (fd === undefined) return undefined;
  const use = lock(fd, path, patience);
  const mayClose = use === "closed" || isHarmless;
  if (!mayClose) kept.set(path, fd);
  try {
    // As long as a file is open no other gets its number.
    return work(fd, isAt(path, fd) ? use : "open");
  } finally {
    if (mayClose) {
      kept.delete(path);
      closeSync(fd);
    }
  }
}

function descriptorOf(path: string): number | undefined {
  const fd = kept.get(path);
  if (fd !== undefined && isAt(path, fd)) return fd;
  try {
    return openSync(path, "r+");
  } catch (error) {
    if (UNABLE.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/**
 * Locks a database. SQLite has a lock on each whose log it uses: ours conflicts with those, also with those of this
 * process.
 *
 * @returns who has a lock that is in the way; `closed`: it is locked now
 */
function lock(fd: number, path: string, patience: number): Use {
  if (process.platform !== "linux") return "open";
  let naps = 0;
  let unseen = 0;
  while (!tryLock(fd)) {
    const use = useOf(path);
    if (use === "open") return use;
    // Who was seen may be gone by now, and who looks next be in the way.
    unseen = use === "looked at" ? 0 : unseen + 1;
    if (unseen > MOST_NAPS_FOR_UNSEEN) return "open";
    if (naps >= patience / NAP_MS + MOST_NAPS_FOR_UNSEEN) return "looked at";
    Atomics.wait(napping, 0, 0, NAP_MS);
    naps += 1;
  }
  return "closed";
}

function tryLock(fd: number): boolean {
  try {
    return tryLockFile(fd);
  } catch {
    return false;
  }
}

/** Who has locks on a database: SQLite, `whileClosed`, or nobody. */
type Use = "open" | "looked at" | "closed";

/** Who is seen to have any. */
function useOf(path: string): Use {
  try {
    const { ino } = statSync(path, { bigint: true });
    const locks = readFileSync("/proc/locks", "latin1").split("\n");
    const ours = locks.filter((lock) => lock.includes(`:${ino} `));
    if (ours.length === 0) return "closed";
    return ours.every((lock) => lock.includes("OFDLCK")) ? "looked at" : "open";
  } catch {
    return "open";
  }
}

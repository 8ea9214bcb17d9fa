import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { tryLockFile } from "@class-cache/mapping/disk";
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
  return hold(path, 0, (fd) => work(fd));
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
  return hold(path, patience, (fd, isAlone) => {
    if (isAlone) return work(fd);
    if (useOf(path) === "looked at") throw busyError(path);
    return undefined;
  });
}

function hold<T>(
  path: string,
  patience: number,
  work: (fd: number, isAlone: boolean) => T,
): T | undefined {
  const fd = descriptorOf(path);
  if (fd === undefined) return undefined;
  const isLocked = lock(fd, path, patience);
  if (!isLocked && !isHarmless) kept.set(path, fd);
  try {
    // As long as a file is open no other gets its number.
    return work(fd, isLocked && isOf(fd, path));
  } finally {
    if (isLocked) kept.delete(path);
    if (isLocked || isHarmless) closeSync(fd);
  }
}

function descriptorOf(path: string): number | undefined {
  const fd = kept.get(path);
  if (fd !== undefined && isOf(fd, path)) return fd;
  try {
    return openSync(path, "r+");
  } catch (error) {
    if (UNABLE.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Whether a descriptor is of the file that is at a path now. */
function isOf(fd: number, path: string): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  const { ino, dev } = fstatSync(fd, { bigint: true });
  return stats?.ino === ino && stats.dev === dev;
}

/**
 * SQLite has a lock on each database whose log it uses. Ours conflicts with those, also with those of this process.
 *
 * @returns whether nobody had one
 */
function lock(fd: number, path: string, patience: number): boolean {
  if (process.platform !== "linux") return false;
  for (let naps = 0; ; naps += 1) {
    if (tryLock(fd)) return true;
    const use = useOf(path);
    const most = use === "looked at" ? patience / NAP_MS : MOST_NAPS_FOR_UNSEEN;
    if (use === "open" || naps >= most) return false;
    Atomics.wait(napping, 0, 0, NAP_MS);
  }
}

function tryLock(fd: number): boolean {
  try {
    return tryLockFile(fd);
  } catch {
    return false;
  }
}

/** Who is seen to have locks on a database: SQLite, `whileClosed`, or nobody. */
function useOf(path: string): "open" | "looked at" | "closed" {
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

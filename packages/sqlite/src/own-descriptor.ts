import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { tryLockFile } from "@class-cache/mapping/disk";

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

/** Who else looks at a log is done after some milliseconds; holders of whom the system shows nothing stay. */
const NAP_MS = 1;
const MOST_NAPS = { "looked at": 5000, closed: 5 } as const;

const napping = new Int32Array(new SharedArrayBuffer(4));

/**
 * Works on a database without SQLite, while others may have it open.
 *
 * @returns undefined where it may not be written, and in a worker thread unless nobody is seen to have it open: its
 *   descriptors end with the thread
 */
export function withDescriptor<T>(path: string, work: (fd: number) => T): T | undefined {
  if (!isMainThread && !isHarmless && useOf(path) !== "closed") return undefined;
  return hold(path, (fd) => work(fd));
}

/**
 * Works on a database, its log and its index while nobody has them open, in whatever thread, process or container;
 * who wants to open them waits.
 *
 * @returns undefined where somebody has, or that cannot be told: always in a worker thread
 */
export function whileClosed<T>(path: string, work: (fd: number) => T): T | undefined {
  if (!isMainThread || useOf(path) === "open") return undefined;
  return hold(path, (fd, isAlone) => (isAlone ? work(fd) : undefined));
}

function hold<T>(path: string, work: (fd: number, isAlone: boolean) => T): T | undefined {
  const fd = descriptorOf(path);
  if (fd === undefined) return undefined;
  const isAlone = isAloneWith(fd, path);
  if (!isAlone && !isHarmless) kept.set(path, fd);
  try {
    return work(fd, isAlone);
  } finally {
    if (isAlone) kept.delete(path);
    if (isAlone || isHarmless) closeSync(fd);
  }
}

function descriptorOf(path: string): number | undefined {
  const fd = kept.get(path);
  if (fd !== undefined && fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino) {
    return fd;
  }
  try {
    return openSync(path, "r+");
  } catch (error) {
    if (UNABLE.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/**
 * SQLite has a lock on each database whose log it uses. Ours conflicts with those, also with those of this process.
 */
function isAloneWith(fd: number, path: string): boolean {
  if (process.platform !== "linux") return false;
  for (let naps = 0; ; naps += 1) {
    if (isLocked(fd)) return true;
    const use = useOf(path);
    if (use === "open" || naps >= MOST_NAPS[use]) return false;
    Atomics.wait(napping, 0, 0, NAP_MS);
  }
}

function isLocked(fd: number): boolean {
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

import type { DiskCalls } from "./disk-calls.ts";
import { diskCalls } from "./disk-calls.ts";
import { areOfOne, statsAt } from "./file-system.ts";
import { ioError } from "./io-error.ts";

/**
 * Takes the whole file's lock for as long as the descriptor is open. @returns whether it was free
 *
 * @throws UnsupportedRuntimeError when the platform has no kernel locks
 */
export function tryLockFile(fd: number, calls: DiskCalls = diskCalls): boolean {
  return calls.tryLock(fd);
}

/**
 * Locks the file at a path whole, made where there is none, unless somebody else holds it.
 *
 * @returns the descriptor, which holds the lock for as long as it is open
 * @throws StoreError when the system refuses
 * @throws UnsupportedRuntimeError when the platform has no kernel locks
 */
export function lockFile(path: string, calls: DiskCalls = diskCalls): number | undefined {
  const fd = openLockFile(path, calls);
  let isHeld = false;
  try {
    isHeld = tryLockFile(fd, calls) && isStillAt(path, fd, calls);
    return isHeld ? fd : undefined;
  } catch (error) {
    throw ioError("lock", path, error);
  } finally {
    if (!isHeld) calls.closeSync(fd);
  }
}

/** Opens a file to lock it or parts of it; nobody but its owner can read it. */
export function openLockFile(path: string, calls: DiskCalls): number {
  try {
    return calls.openSync(path, "a+", 0o600);
  } catch (error) {
    throw ioError("open the lock file", path, error);
  }
}

/** Whether an open file is the one at its path: whoever removed or moved it has others lock another one. */
export function isStillAt(path: string, fd: number, calls: DiskCalls): boolean {
  return areOfOne(calls.fstatSync(fd), statsAt(path, calls));
}

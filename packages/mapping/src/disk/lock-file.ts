import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { ioCode, ioError } from "./io-error.ts";
import { nativeLocks } from "./native-locks.ts";

/**
 * Takes the whole file's lock for as long as the descriptor is open. @returns whether it was free
 *
 * @throws UnsupportedRuntimeError when the platform has no kernel locks
 */
export function tryLockFile(fd: number): boolean {
  return nativeLocks().tryLock(fd);
}

/**
 * Locks the file at a path whole, made where there is none, unless somebody else holds it.
 *
 * @returns the descriptor, which holds the lock for as long as it is open
 * @throws StoreError when the system refuses
 * @throws UnsupportedRuntimeError when the platform has no kernel locks
 */
export function lockFile(path: string): number | undefined {
  const fd = openLockFile(path);
  let isHeld = false;
  try {
    // Whoever removed the file has others lock another one.
    isHeld = tryLockFile(fd) && fstatSync(fd).ino === inodeOf(path);
    return isHeld ? fd : undefined;
  } catch (error) {
    throw ioError("lock", path, error);
  } finally {
    if (!isHeld) closeSync(fd);
  }
}

/** Opens a file to lock it or parts of it; nobody but its owner can read it. */
export function openLockFile(path: string): number {
  try {
    return openSync(path, "a+", 0o600);
  } catch (error) {
    throw ioError("open the lock file", path, error);
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch (error) {
    if (ioCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

import type { BigIntStats, Stats } from "node:fs";
import { fstatSync, statSync } from "node:fs";
import type { DiskCalls } from "./disk-calls.ts";
import { diskCalls } from "./disk-calls.ts";
import { ioCode, ioError } from "./io-error.ts";

/**
 * Makes a folder, with those above it, that nobody but its owner can enter.
 *
 * @throws StoreError when the system refuses
 */
export function makeFolder(path: string, calls: DiskCalls = diskCalls): void {
  try {
    calls.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw ioError("make the folder", path, error);
  }
}

/**
 * The names in a folder; none when it does not exist.
 *
 * @throws StoreError when the system refuses
 */
export function namesIn(path: string, calls: DiskCalls = diskCalls): string[] {
  try {
    return calls.readdirSync(path);
  } catch (error) {
    if (ioCode(error) === "ENOENT") return [];
    throw ioError("read the folder", path, error);
  }
}

/** Whether the file at a path is the one that is open. One that the system does not show is not. */
export function isAt(path: string, fd: number): boolean {
  const open = fstatSync(fd, { bigint: true });
  let found: BigIntStats | undefined;
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return false;
  }
  return found?.ino === open.ino && found.dev === open.dev;
}

/**
 * What is known of what a path leads to; undefined when it leads nowhere.
 *
 * @throws StoreError when the system refuses
 */
export function statsAt(path: string, calls: DiskCalls = diskCalls): Stats | undefined {
  try {
    return calls.statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw ioError("look at", path, error);
  }
}

/** Whether both were said of the same file or folder. */
export function areOfOne(one: Stats | undefined, other: Stats | undefined): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

/** Bounds a race that another process loses by the first or second time, since it sees what goes on. */
const MOST_TRIES = 100;

/**
 * Removes a file or a folder with all that is in it, be it put there meanwhile; what is not there is no
 * error.
 *
 * @throws StoreError when the system refuses
 */
export function remove(path: string, calls: DiskCalls = diskCalls): void {
  for (let tries = 1; ; tries += 1) {
    try {
      return calls.rmSync(path, { recursive: true, force: true });
    } catch (error) {
      const isRefilled = ioCode(error) === "ENOTEMPTY" || ioCode(error) === "EEXIST";
      if (!isRefilled || tries === MOST_TRIES) throw ioError("remove", path, error);
    }
  }
}

import { ioError } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { writeWhole } from "./whole-transfers.ts";

/** Writes a file whole and has it on the device before returning; where that fails, it is removed. */
export async function writeDurably(
  calls: FileCalls,
  path: string,
  content: Uint8Array,
): Promise<void> {
  let fd: number | undefined;
  try {
    fd = calls.openSync(path, "w", 0o600);
    calls.writeFileSync(fd, content);
    await calls.fsync(fd);
  } catch (error) {
    if (fd !== undefined) closeAnyhow(calls, fd);
    removeAnyhow(calls, path);
    throw ioError("write", path, error);
  }
  closeAnyhow(calls, fd);
}

/** Adds content at the end of a file, and changes it elsewhere as well. */
export function amend(
  calls: FileCalls,
  path: string,
  content: Uint8Array,
  change: (fd: number) => void,
): void {
  let fd: number | undefined;
  try {
    fd = calls.openSync(path, "r+");
    const { size } = calls.fstatSync(fd);
    writeWhole(calls, fd, content, size);
    change(fd);
  } catch (error) {
    throw ioError("write to", path, error);
  } finally {
    if (fd !== undefined) closeAnyhow(calls, fd);
  }
}

/** Has a folder's names on the device before returning. */
export async function syncFolder(calls: FileCalls, path: string): Promise<void> {
  if (process.platform === "win32") return;
  let fd: number | undefined;
  try {
    fd = calls.openSync(path, "r");
    await calls.fsync(fd);
  } catch (error) {
    throw ioError("flush the folder", path, error);
  } finally {
    if (fd !== undefined) closeAnyhow(calls, fd);
  }
}

export function rename(calls: FileCalls, from: string, to: string): void {
  try {
    calls.renameSync(from, to);
  } catch (error) {
    throw ioError("rename to", to, error);
  }
}

/** Closes a file that has no more to lose by a failure. The descriptor is gone all the same. */
function closeAnyhow(calls: FileCalls, fd: number): void {
  try {
    calls.closeSync(fd);
  } catch {
    // Nothing is to be done.
  }
}

/** Removes what failed to become a file. What is left over goes with the next upkeep. */
function removeAnyhow(calls: FileCalls, path: string): void {
  try {
    calls.rmSync(path, { force: true });
  } catch {
    // The failure that led here is the one to tell of.
  }
}

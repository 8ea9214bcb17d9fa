import { StoreError } from "@class-cache/mapping";
import { ioError } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";

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
    calls.rmSync(path, { force: true });
    throw ioError("write", path, error);
  } finally {
    if (fd !== undefined) calls.closeSync(fd);
  }
}

/** Adds content at the end of a file, and sets one byte at each of some offsets. */
export function amend(
  calls: FileCalls,
  path: string,
  content: Uint8Array,
  byte: number,
  offsets: readonly number[],
): void {
  let fd: number | undefined;
  try {
    fd = calls.openSync(path, "r+");
    const { size } = calls.fstatSync(fd);
    const written = calls.writeSync(fd, content, 0, content.length, size);
    if (written < content.length) throw new StoreError(`Only a part could be written to ${path}.`);
    if (offsets.length > 0) setBytes(calls, fd, byte, offsets);
  } catch (error) {
    throw ioError("write to", path, error);
  } finally {
    if (fd !== undefined) calls.closeSync(fd);
  }
}

/** In one piece with what lies between them: a call for each would take far longer when they are many. */
function setBytes(calls: FileCalls, fd: number, byte: number, offsets: readonly number[]): void {
  const start = offsets.reduce((least, offset) => Math.min(least, offset));
  const end = offsets.reduce((most, offset) => Math.max(most, offset)) + 1;
  const stretch = Buffer.alloc(end - start);
  calls.readSync(fd, stretch, 0, stretch.length, start);
  for (const offset of offsets) stretch[offset - start] = byte;
  calls.writeSync(fd, stretch, 0, stretch.length, start);
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
    if (fd !== undefined) calls.closeSync(fd);
  }
}

export function rename(calls: FileCalls, from: string, to: string): void {
  try {
    calls.renameSync(from, to);
  } catch (error) {
    throw ioError("rename to", to, error);
  }
}

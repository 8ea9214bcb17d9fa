import {
  fsync,
  openSync,
  closeSync,
  fstatSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { StoreError } from "@class-cache/mapping";
import { ioError } from "@class-cache/mapping/disk";

const fsyncFile = promisify(fsync);

/** Writes a file whole and has it on the device before returning; where that fails, it is removed. */
export async function writeDurably(path: string, content: Uint8Array): Promise<void> {
  let fd: number | undefined;
  try {
    fd = openSync(path, "w", 0o600);
    writeFileSync(fd, content);
    await fsyncFile(fd);
  } catch (error) {
    rmSync(path, { force: true });
    throw ioError("write", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Adds content at the end of a file, and sets one byte at each of some offsets. */
export function amend(
  path: string,
  content: Uint8Array,
  byte: number,
  offsets: readonly number[],
): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r+");
    const { size } = fstatSync(fd);
    const written = writeSync(fd, content, 0, content.length, size);
    if (written < content.length) throw new StoreError(`Only a part could be written to ${path}.`);
    if (offsets.length > 0) setBytes(fd, byte, offsets);
  } catch (error) {
    throw ioError("write to", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** In one piece with what lies between them: a call for each would take far longer when they are many. */
function setBytes(fd: number, byte: number, offsets: readonly number[]): void {
  const start = offsets.reduce((least, offset) => Math.min(least, offset));
  const end = offsets.reduce((most, offset) => Math.max(most, offset)) + 1;
  const stretch = Buffer.alloc(end - start);
  readSync(fd, stretch, 0, stretch.length, start);
  for (const offset of offsets) stretch[offset - start] = byte;
  writeSync(fd, stretch, 0, stretch.length, start);
}

/** Has a folder's names on the device before returning. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    await fsyncFile(fd);
  } catch (error) {
    throw ioError("flush the folder", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

export function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw ioError("rename to", to, error);
  }
}

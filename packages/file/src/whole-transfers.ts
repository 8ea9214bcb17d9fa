import { StoreError } from "@class-cache/mapping";
import type { FileCalls } from "./file-calls.ts";

/**
 * Reads until it has so many bytes or the file ends: the system may give less than it is asked for.
 *
 * @returns how many it has
 */
export function readWhole(
  calls: FileCalls,
  fd: number,
  buffer: Uint8Array,
  position: number,
  length: number = buffer.length,
): number {
  let done = calls.readSync(fd, buffer, 0, length, position);
  while (done > 0 && done < length) {
    const more = calls.readSync(fd, buffer, done, length - done, position + done);
    if (more === 0) break;
    done += more;
  }
  return done;
}

/** The same in the thread pool. */
export async function readWholeLater(
  calls: FileCalls,
  fd: number,
  buffer: Uint8Array,
  position: number,
): Promise<number> {
  for (let done = 0; ;) {
    const { bytesRead } = await calls.read(fd, buffer, done, buffer.length - done, position + done);
    done += bytesRead;
    if (bytesRead === 0 || done === buffer.length) return done;
  }
}

/**
 * Writes at a place of a file, or what a short write has left of it.
 *
 * @param done bytes that have been written
 * @throws when the system takes no more, and with its error where it has one
 */
export function writeWhole(
  calls: FileCalls,
  fd: number,
  bytes: Uint8Array,
  position: number,
  done: number = 0,
): void {
  for (let at = done; at < bytes.length;) {
    const more = calls.writeSync(fd, bytes, at, bytes.length - at, position + at);
    if (more === 0) throw new StoreError(`Only ${at} of ${bytes.length} bytes could be written.`);
    at += more;
  }
}

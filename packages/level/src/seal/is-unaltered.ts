import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { ioCode, ioError } from "@class-cache/mapping/disk";
import type { SealedFile } from "./seal.ts";

/** Memory that stays in the processor's cache: pages for a whole file would take as long as its sum. */
const part: Buffer = Buffer.allocUnsafeSlow(128 * 1024);

/**
 * Whether a file is what was sealed.
 *
 * @throws StoreError when it cannot be read
 */
export function isUnaltered(
  path: string,
  { size, sum }: Pick<SealedFile, "size" | "sum">,
): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    let length = 0;
    let found = 0;
    for (;;) {
      const count = readSync(fd, part, 0, part.length, null);
      if (count === 0) return length === size && found === sum;
      found = crc32(part.subarray(0, count), found);
      length += count;
    }
  } catch (error) {
    if (ioCode(error) === "ENOENT") return false;
    throw ioError("read", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

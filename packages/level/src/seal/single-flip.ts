import { crc32 } from "node:zlib";
import { bitOfFlip, flipBit } from "../engine-files/single-flip.ts";

/** The polynomial of `crc32`, its bits in reverse. */
const POLYNOMIAL = 0xedb88320;

/**
 * Flips the one bit back whose flip made the sum what it is.
 *
 * @param sum CRC-32 of the bytes as they were
 * @returns whether there is such a bit
 */
export function flipBack(bytes: Uint8Array, sum: number): boolean {
  const bit = bitOfFlip(bytes.length, crc32(bytes) ^ sum, POLYNOMIAL);
  if (bit !== undefined) flipBit(bytes, bit);
  return bit !== undefined;
}

import { crc32 } from "node:zlib";

/** The polynomial of `crc32`, its bits in reverse. */
const POLYNOMIAL = 0xedb88320;

/**
 * Flips the one bit back whose flip made the sum what it is: a cyclic code tells its place. Damage of
 * another kind may pass for one flip, about once in 2^32 divided by the number of bits.
 *
 * @param sum CRC-32 of the bytes as they were
 * @returns whether there is such a bit
 */
export function flipBack(bytes: Uint8Array, sum: number): boolean {
  const wanted = (crc32(bytes) ^ sum) | 0;
  // What a flip of the last bit does to the sum, then of the last but one, and so on.
  let effect = POLYNOMIAL | 0;
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      if (effect === wanted) {
        bytes[at]! ^= 1 << bit;
        return true;
      }
      effect = (effect >>> 1) ^ (effect & 1 ? POLYNOMIAL : 0);
    }
  }
  return false;
}

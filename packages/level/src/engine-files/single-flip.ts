/**
 * Where the one bit is whose flip changed a cyclic checksum so: such a code tells its place. Damage of another
 * kind may pass for one flip, about once in 2^32 divided by the number of bits.
 *
 * @param length of the bytes that were summed up
 * @param difference between their sum and what it was
 * @param polynomial its bits in reverse
 * @returns the number of the bit, from the lowest of the first byte on; undefined: there is none
 */
export function bitOfFlip(
  length: number,
  difference: number,
  polynomial: number,
): number | undefined {
  const wanted = difference | 0;
  // What a flip of the last bit does to the sum, then of the last but one, and so on.
  let effect = polynomial | 0;
  for (let bit = length * 8 - 1; bit >= 0; bit -= 1) {
    if (effect === wanted) return bit;
    effect = (effect >>> 1) ^ (effect & 1 ? polynomial : 0);
  }
  return undefined;
}

export function flipBit(bytes: Uint8Array, bit: number): void {
  bytes[bit >>> 3]! ^= 1 << (bit & 7);
}

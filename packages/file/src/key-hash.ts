import { hash } from "node:crypto";

/** Bytes of a key's hash: enough of SHA-256 that two keys of one store never share it by chance. */
export const HASH_BYTES = 16;

/** Hexadecimal digits of a key's hash, the longest prefix that a block can have. */
export const HASH_DIGITS: number = HASH_BYTES * 2;

/** The hash by which a key's record is found. What is found is compared by the key's full text. */
export function keyHash(key: string): Buffer {
  return hash("sha256", key, "buffer").subarray(0, HASH_BYTES);
}

/** The hexadecimal digit of a hash at a position, as a number. */
export function hashDigit(keyHash: Uint8Array, position: number): number {
  const byte = keyHash[position >> 1]!;
  return position & 1 ? byte & 15 : byte >> 4;
}

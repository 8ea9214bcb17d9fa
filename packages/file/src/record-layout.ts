import { HASH_BYTES } from "./key-hash.ts";

/*
 * A record's frame, little-endian. A field in brackets is there where the flags say so:
 *
 *   u8        how a frame begins, which is also its mark: one of three bytes, see below
 *   u8        flags
 *   [u8]      more flags
 *   u8 or u32 length of the key's text
 *   u8 or u32 length of the value
 *   u48       storedAt, or f64 where a time is no whole number of milliseconds
 *   [u48]     expiresAt, in the form of storedAt
 *   [f64]     cost
 *   [u32 u32] writer and its count, together unlike any other record's
 *   [16]      hash of the key, where it cannot be had from the key's text without hashing
 *   [u32]     sum of the above from the flags on, seeded with the salt, so that a reader can trust the
 *             lengths without having all of the frame
 *   the key's text in UTF-8, then the value
 *   u32       sum of all from the flags on, seeded with the salt; where there is a sum of the header,
 *             of key and value, seeded with that and the salt
 *
 * A single step checks each word: no call of the system's zlib is as quick for so few bytes. Which bytes the sum
 * is of must not be in doubt: so the bits that are set in the flags' first byte are even in number, and so are
 * those in their second byte and the lengths, with one of the first. Where these lie the first byte tells.
 */

/** Lengths take four bytes each. */
export const WIDE = 8;
export const HAS_HASH = 0x10;
/** The flags take two bytes. */
export const HAS_MORE = 0x20;
/** Set where the second byte of the flags and the lengths have an odd number of bits. */
const EVEN_REST = 0x40;
/** Set where the other bits of the flags' first byte are odd in number. */
const EVEN_FLAGS = 0x80;
export const EVEN: number = EVEN_REST | EVEN_FLAGS;
export const HAS_EXPIRY = 0x800;
export const HAS_COST = 0x1000;
/** Tells the record from one that says the same. */
export const HAS_WRITER = 0x2000;
/** Times take eight bytes. */
export const EXACT = 0x4000;
export const HAS_HEADER_SUM = 0x8000;
/** Fields that a pointer has in any case, so that all pointers' frames are of one length. */
export const OF_POINTER: number = HAS_HASH | HAS_MORE | HAS_EXPIRY | HAS_COST | HAS_WRITER | EXACT;

/** 1 where a byte has an odd number of bits. */
const IS_ODD: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => bitsIn(byte) & 1);

export const SUM_BYTES = 4;
export const TIME_BYTES = 6;
export const EXACT_BYTES = 8;
const COST_BYTES = 8;
const WRITER_BYTES = 8;

/** Bytes of a header up to its fields: the mark, the flags, and the lengths of key and value. */
export function fixedBytes(flags: number): number {
  const flagBytes = (flags & HAS_MORE) === 0 ? 2 : 3;
  return flagBytes + ((flags & WIDE) === 0 ? 2 : 8);
}

/** Which of the flags make the bits of a frame's flags and lengths even in number. */
export function evenFlags(bytes: Uint8Array, start: number): number {
  const first = bytes[start + 1]! & ~EVEN;
  const end = start + fixedBytes(first);
  let rest = 0;
  for (let at = start + 2; at < end; at += 1) rest ^= bytes[at]!;
  const isRestOdd = IS_ODD[rest]! === 1;
  const isFirstOdd = (IS_ODD[first]! === 1) !== isRestOdd;
  return (isRestOdd ? EVEN_REST : 0) | (isFirstOdd ? EVEN_FLAGS : 0);
}

/** Bytes of the fields that the flags say are there. */
export function fieldBytes(flags: number): number {
  let bytes = timesBytes(flags);
  if ((flags & HAS_HASH) !== 0) bytes += HASH_BYTES;
  if ((flags & HAS_MORE) === 0) return bytes;
  if ((flags & HAS_COST) !== 0) bytes += COST_BYTES;
  if ((flags & HAS_WRITER) !== 0) bytes += WRITER_BYTES;
  return (flags & HAS_HEADER_SUM) === 0 ? bytes : bytes + SUM_BYTES;
}

/** Bytes of `storedAt` and what there is of `expiresAt`. */
export function timesBytes(flags: number): number {
  const bytes = (flags & EXACT) === 0 ? TIME_BYTES : EXACT_BYTES;
  return (flags & HAS_EXPIRY) === 0 ? bytes : bytes * 2;
}

/** Length of a frame that points somewhere, by that of what it has for a value. */
export function pointerFrameBytes(valueBytes: number): number {
  return fixedBytes(OF_POINTER) + fieldBytes(OF_POINTER) + valueBytes + SUM_BYTES;
}

/** How many bits of a byte are set. */
export function bitsIn(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}

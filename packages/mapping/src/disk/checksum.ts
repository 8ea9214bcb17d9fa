import { mixWord } from "./mix-word.ts";
import { BLOCK_BYTES, mixBlocks } from "./wide-sum.ts";

/*
 * Sums of 32 bits that tell whether bytes are those that were written. Each step is one to one in the
 * sum and in what it takes in, so that a change within one word always shows, and any other but once
 * in 2^32. `crc32` of node:zlib takes five times as long, for small records and for large values.
 */

/** From so many bytes on, whole blocks are summed by WebAssembly. Part of what is stored. */
const WIDE_BYTES = 1024;

/** By its UTF-16 code units. The length is not part of it. */
export function mixText(sum: number, text: string): number {
  let mixed = sum;
  for (let index = 0; index < text.length; index += 1) {
    mixed = mixWord(mixed, text.charCodeAt(index));
  }
  return mixed;
}

/** The length is not part of it. */
export function mixBytes(sum: number, { buffer, byteOffset, byteLength }: Uint8Array): number {
  return mixView(sum, new DataView(buffer, byteOffset, byteLength), 0, byteLength);
}

/** The same of a stretch of a view. */
export function mixView(sum: number, bytes: DataView, from: number, to: number): number {
  const length = to - from;
  if (length < WIDE_BYTES) return mixFew(sum, bytes, from, to);
  const wide = length - (length % BLOCK_BYTES);
  const blocks = new Uint8Array(bytes.buffer, bytes.byteOffset + from, wide);
  return mixFew(mixBlocks(sum, blocks), bytes, from + wide, to);
}

function mixFew(sum: number, bytes: DataView, from: number, to: number): number {
  // Four sums that do not wait for each other.
  let first = sum;
  let second = ~sum;
  let third = sum ^ 0x55555555;
  let fourth = sum ^ 0x33333333;
  let at = from;
  for (const end = to - 15; at < end; at += 16) {
    first = mixWord(first, bytes.getInt32(at, true));
    second = mixWord(second, bytes.getInt32(at + 4, true));
    third = mixWord(third, bytes.getInt32(at + 8, true));
    fourth = mixWord(fourth, bytes.getInt32(at + 12, true));
  }
  let mixed = mixWord(mixWord(mixWord(mixWord(sum, first), second), third), fourth);
  for (const end = to - 3; at < end; at += 4) mixed = mixWord(mixed, bytes.getInt32(at, true));
  for (; at < to; at += 1) mixed = mixWord(mixed, bytes.getUint8(at));
  return mixed;
}

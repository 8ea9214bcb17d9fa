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
  return mixFew(mixBlocks(sum, [blocks]), bytes, from + wide, to);
}

/** The same of bytes that lie in several places, as if they lay one behind the other. */
export function mixPieces(sum: number, pieces: readonly Uint8Array[]): number {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return mixBytes(sum, only);
  let length = 0;
  for (const piece of pieces) length += piece.byteLength;
  if (length < WIDE_BYTES) return mixBytes(sum, Buffer.concat(pieces, length));
  const { stretches, rest } = inBlocks(pieces);
  return mixBytes(mixBlocks(sum, stretches), rest);
}

/** Whole blocks, of which those that lie in several pieces are copied, and what is left behind them. */
function inBlocks(pieces: readonly Uint8Array[]): { stretches: Uint8Array[]; rest: Uint8Array } {
  const stretches: Uint8Array[] = [];
  let block = new Uint8Array(BLOCK_BYTES);
  let held = 0;
  const hold = (bytes: Uint8Array): void => {
    block.set(bytes, held);
    held += bytes.byteLength;
    if (held < BLOCK_BYTES) return;
    stretches.push(block);
    block = new Uint8Array(BLOCK_BYTES);
    held = 0;
  };
  for (const piece of pieces) {
    const { byteLength } = piece;
    const from = held === 0 ? 0 : Math.min(BLOCK_BYTES - held, byteLength);
    if (from > 0) hold(piece.subarray(0, from));
    const end = byteLength - ((byteLength - from) % BLOCK_BYTES);
    if (end > from) stretches.push(piece.subarray(from, end));
    if (byteLength > end) hold(piece.subarray(end));
  }
  return { stretches, rest: block.subarray(0, held) };
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

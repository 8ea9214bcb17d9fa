/*
 * Sums of 32 bits that tell whether bytes are those that were written. Each step is one to one in the
 * sum and in what it takes in, so that a change within one word always shows, and any other but once
 * in 2^32. `crc32` of node:zlib takes half as long again, and for small records twice as long. Words
 * are read in the machine's byte order.
 */

/** Taken once: in the contexts of `node:vm` each look at a global takes as long as all the rest of a step. */
const { imul } = Math;

/** @param word of 32 bits */
export function mixWord(sum: number, word: number): number {
  const mixed = sum ^ word;
  // The shift brings down high bits, which a product alone never spreads.
  return imul(mixed ^ (mixed >>> 16), 0x9e3779b1);
}

/** By its UTF-16 code units. The length is not part of it. */
export function mixText(sum: number, text: string): number {
  let mixed = sum;
  for (let index = 0; index < text.length; index += 1) {
    mixed = mixWord(mixed, text.charCodeAt(index));
  }
  return mixed;
}

/** The length is not part of it. */
export function mixBytes(sum: number, bytes: Uint8Array): number {
  const { byteLength } = bytes;
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const count = byteLength >>> 2;
  const words = new Int32Array(buffer, byteOffset, count);
  // Four sums that do not wait for each other.
  let first = sum;
  let second = ~sum;
  let third = sum ^ 0x55555555;
  let fourth = sum ^ 0x33333333;
  let at = 0;
  for (const end = count - 3; at < end; at += 4) {
    first = mixWord(first, words[at] as number);
    second = mixWord(second, words[at + 1] as number);
    third = mixWord(third, words[at + 2] as number);
    fourth = mixWord(fourth, words[at + 3] as number);
  }
  let mixed = mixWord(mixWord(mixWord(mixWord(sum, first), second), third), fourth);
  for (; at < count; at += 1) mixed = mixWord(mixed, words[at] as number);
  for (let rest = count * 4; rest < byteLength; rest += 1) {
    mixed = mixWord(mixed, bytes[rest] as number);
  }
  return mixed;
}

/** The same, with words in little-endian order, of a stretch that may begin at any byte. */
export function mixView(sum: number, bytes: DataView, from: number, to: number): number {
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

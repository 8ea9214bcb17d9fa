/** A source of chance: gives a whole number from 0 up to, and without, its bound. */
export type Random = (bound: number) => number;

const LONGEST_BYTES = 4096;

/** Numbers at which lengths and counts tend to go wrong. */
const EDGES: readonly number[] = [
  0,
  1,
  2,
  4,
  7,
  8,
  16,
  127,
  128,
  255,
  256,
  4095,
  32767,
  65535,
  65536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const DOUBLES: readonly number[] = [0, -0, 1, -1, 0.5, 2 ** 53, 1e308, Infinity, -Infinity, NaN];

/**
 * An input like another one, changed in a few places.
 *
 * @param other what to take pieces of
 * @param words pieces that the format is made of
 */
export function mutate(
  input: Buffer,
  other: Buffer,
  words: readonly Buffer[],
  random: Random,
): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let changes = 1 + random(4); changes > 0; changes -= 1) {
    const kind = KINDS[random(KINDS.length)]!;
    bytes = kind(bytes, other, words, random).subarray(0, LONGEST_BYTES);
  }
  return Buffer.from(bytes);
}

type Mutation = (bytes: Buffer, other: Buffer, words: readonly Buffer[], random: Random) => Buffer;

const KINDS: readonly Mutation[] = [
  (bytes, _other, _words, random) => change(bytes, random, (byte) => byte ^ (1 << random(8))),
  (bytes, _other, _words, random) => change(bytes, random, () => random(256)),
  (bytes, _other, _words, random) => change(bytes, random, (byte) => byte + (random(2) ? 1 : 255)),
  (bytes, _other, _words, random) => splice(bytes, random, number(random), true),
  (bytes, _other, _words, random) => splice(bytes, random, number(random), false),
  (bytes, _other, _words, random) => splice(bytes, random, Buffer.alloc(0), true, 1 + random(16)),
  (bytes, _other, _words, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, other, _words, random) => splice(bytes, random, piece(other, random), random(2) === 0),
  (bytes, _other, _words, random) => splice(bytes, random, piece(bytes, random), false),
  (bytes, other, _words, random) =>
    Buffer.concat([bytes.subarray(0, random(bytes.length + 1)), piece(other, random)]),
  (bytes, _other, words, random) =>
    splice(bytes, random, words[random(words.length)] ?? number(random), random(2) === 0),
];

function change(bytes: Buffer, random: Random, to: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const at = random(bytes.length);
  bytes[at] = to(bytes[at]!) & 255;
  return bytes;
}

/** Puts bytes somewhere, in place of as many others or between them. */
function splice(
  bytes: Buffer,
  random: Random,
  put: Buffer,
  replaces: boolean,
  removed: number = put.length,
): Buffer {
  const at = random(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + (replaces ? removed : 0))]);
}

function piece(bytes: Buffer, random: Random): Buffer {
  const start = random(bytes.length + 1);
  return bytes.subarray(start, start + 1 + random(64));
}

function number(random: Random): Buffer {
  const bytes = Buffer.alloc(8);
  const width = [1, 2, 4, 8][random(4)]!;
  if (width === 8) bytes.writeDoubleLE(DOUBLES[random(DOUBLES.length)]!);
  else bytes.writeUInt32LE(EDGES[random(EDGES.length)]!);
  return bytes.subarray(0, width);
}

import { hash } from "node:crypto";

/** Taken once: see `checksum.ts` of the mapping. */
const { imul } = Math;

/** Bytes of a key's hash: enough of SHA-256 that two keys of one store never share it by chance. */
export const HASH_BYTES = 16;

/** Hexadecimal digits of a key's hash, the longest prefix that a block can have. */
export const HASH_DIGITS: number = HASH_BYTES * 2;

/** So short a key, if all of it is ASCII, is its own hash, in another order. */
const LONGEST_SHORT = 15;

/** In the hash's last byte, where that of a short key has the key's length: no two of them are ever equal. */
const IS_DIGEST = 0x8000_0000;

/**
 * 128 bits that stand for a key's text, as four little-endian words: the text itself, if that is short, well
 * mixed, else bits of its SHA-256. Mixing takes a tenth of the time, and can be done again for each record
 * of a log, which then need not hold it.
 */
export class KeyHash {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;

  constructor(a: number, b: number, c: number, d: number) {
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** The hash by which a key's record is found. What is found is compared by the key's full text. */
  static of(key: string): KeyHash {
    const length = lettersOf(key);
    if (length > 0) return KeyHash.ofShort(letters, 0, length);
    return recent.get(key) ?? remember(key, digest(key));
  }

  /** The hash of a short key by the bytes of its text. */
  static ofShort(bytes: Uint8Array, start: number, length: number): KeyHash {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = length << 24;
    for (let at = 0; at < length; at += 1) {
      const bits = bytes[start + at]! << ((at & 3) * 8);
      if (at < 4) a |= bits;
      else if (at < 8) b |= bits;
      else if (at < 12) c |= bits;
      else d |= bits;
    }
    return mixed(a, b, c, d);
  }

  /** The hash that begins with these hexadecimal digits and goes on with zeros. */
  static from(digits: string): KeyHash {
    const { buffer, byteOffset } = Buffer.from(digits.padEnd(HASH_DIGITS, "0"), "hex");
    return KeyHash.read(new DataView(buffer, byteOffset), 0);
  }

  static read(bytes: DataView, at: number): KeyHash {
    return new KeyHash(
      bytes.getInt32(at, true),
      bytes.getInt32(at + 4, true),
      bytes.getInt32(at + 8, true),
      bytes.getInt32(at + 12, true),
    );
  }

  write(bytes: DataView, at: number): void {
    bytes.setInt32(at, this.a, true);
    bytes.setInt32(at + 4, this.b, true);
    bytes.setInt32(at + 8, this.c, true);
    bytes.setInt32(at + 12, this.d, true);
  }

  /** Whether it is made of a short key's text, and can be had from that without digesting it. */
  get isShort(): boolean {
    return this.d >= 0;
  }

  /** The hexadecimal digit at a position, as a number. */
  digit(position: number): number {
    const words =
      position < 16 ? (position < 8 ? this.a : this.b) : position < 24 ? this.c : this.d;
    const inWord = position & 7;
    return (words >>> ((inWord >> 1) * 8 + (inWord & 1 ? 0 : 4))) & 15;
  }

  equals(other: KeyHash): boolean {
    return this.a === other.a && this.b === other.b && this.c === other.c && this.d === other.d;
  }

  /** All digits. */
  toString(): string {
    const bytes = Buffer.allocUnsafe(HASH_BYTES);
    this.write(new DataView(bytes.buffer, bytes.byteOffset), 0);
    return bytes.toString("hex");
  }
}

/**
 * Hashes of keys that were used of late. A key is often used several times in a row, to look, to store
 * and to look again, and to hash it takes as long as to read its record.
 */
const recent = new Map<string, KeyHash>();
const MOST_RECENT = 4096;
/** Longer keys take too much memory to be kept. */
const LONGEST_RECENT = 256;

function remember(key: string, hashed: KeyHash): KeyHash {
  if (key.length <= LONGEST_RECENT) {
    if (recent.size >= MOST_RECENT) recent.clear();
    recent.set(key, hashed);
  }
  return hashed;
}

function digest(key: string): KeyHash {
  // A text of one letter a byte: the digest as a buffer takes three times as long to make.
  const text = hash("sha256", key, "binary");
  return new KeyHash(word(text, 0), word(text, 4), word(text, 8), word(text, 12) | IS_DIGEST);
}

/** Those of the key that was hashed last, for as long as that takes. */
const letters = new Uint8Array(LONGEST_SHORT);

/** Lays out the letters of a short key. @returns how many there are; 0: it is no such key */
function lettersOf(key: string): number {
  const { length } = key;
  if (length > LONGEST_SHORT) return 0;
  for (let at = 0; at < length; at += 1) {
    const unit = key.charCodeAt(at);
    if (unit > 0x7f) return 0;
    letters[at] = unit;
  }
  return length;
}

/** Each step changes one word by the others, and so can be undone: no two texts come to the same. */
function mixed(one: number, two: number, three: number, four: number): KeyHash {
  let a = one;
  let b = two;
  let c = three;
  let d = four;
  for (let round = 0; round < 2; round += 1) {
    a ^= spread(b, c, d);
    b ^= spread(c, d, a);
    c ^= spread(d, a, b);
    d ^= spread(a, b, c) & 0xff_ffff;
  }
  return new KeyHash(a, b, c, d);
}

/** Of three words a fourth, each bit of which depends on all of theirs. */
function spread(one: number, two: number, three: number): number {
  let bits = imul(one ^ (one >>> 16), 0x85eb_ca6b);
  bits = imul(bits ^ two ^ (bits >>> 13), 0xc2b2_ae35);
  bits = imul(bits ^ three ^ (bits >>> 16), 0x9e37_79b1);
  return bits ^ (bits >>> 15);
}

function word(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

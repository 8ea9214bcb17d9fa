import { hash } from "node:crypto";

/** Bytes of a key's hash: enough of SHA-256 that two keys of one store never share it by chance. */
export const HASH_BYTES = 16;

/** Hexadecimal digits of a key's hash, the longest prefix that a block can have. */
export const HASH_DIGITS: number = HASH_BYTES * 2;

/** The first 128 bits of the SHA-256 of a key's text, as four little-endian words. */
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
    return recent.get(key) ?? remember(key, digest(key));
  }

  /** The hash that begins with these hexadecimal digits and goes on with zeros. */
  static from(digits: string): KeyHash {
    return KeyHash.read(Buffer.from(digits.padEnd(HASH_DIGITS, "0"), "hex"), 0);
  }

  static read(bytes: Buffer, at: number): KeyHash {
    return new KeyHash(
      bytes.readInt32LE(at),
      bytes.readInt32LE(at + 4),
      bytes.readInt32LE(at + 8),
      bytes.readInt32LE(at + 12),
    );
  }

  write(bytes: Buffer, at: number): void {
    bytes.writeInt32LE(this.a, at);
    bytes.writeInt32LE(this.b, at + 4);
    bytes.writeInt32LE(this.c, at + 8);
    bytes.writeInt32LE(this.d, at + 12);
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
    this.write(bytes, 0);
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
  return new KeyHash(word(text, 0), word(text, 4), word(text, 8), word(text, 12));
}

function word(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

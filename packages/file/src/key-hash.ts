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

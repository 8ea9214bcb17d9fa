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
    // A text of one letter a byte: the digest as a buffer takes three times as long to make.
    const digest = hash("sha256", key, "binary");
    return new KeyHash(word(digest, 0), word(digest, 4), word(digest, 8), word(digest, 12));
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

function word(digest: string, at: number): number {
  return (
    digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24)
  );
}

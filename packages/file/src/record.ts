import { crc32 } from "node:zlib";
import { HASH_BYTES } from "./key-hash.ts";

/*
 * A record's frame, little-endian:
 *
 *    0  u32  magic, with the version of the format in its last byte
 *    4  u32  CRC-32 of bytes 8 to 72, seeded with the epoch's salt
 *    8  u32  CRC-32 of key and value, seeded likewise
 *   12  u16  flags          14  u16  reserved, 0
 *   16  u32  length of the key's text    20  u32  length of the value
 *   24  16 bytes, hash of the key
 *   40  f64  storedAt       48  f64  expiresAt, Infinity: never
 *   56  f64  cost, NaN: unknown
 *   64  u32  writer         68  u32  the writer's count, together unlike any other record's
 *   72  u8   0, or the mark that a later record has taken this one's place
 *   73  the key's text in UTF-8, then the value
 */

/** "ccR" and the version of the format. */
const MAGIC: number = 0x63 | (0x63 << 8) | (0x52 << 16) | (1 << 24);
const magicBytes = Buffer.alloc(4);
magicBytes.writeInt32LE(MAGIC);

/** Where the mark of a superseded record stands: outside what the checksums cover. */
export const MARK_OFFSET = 72;
/** Not 0 whichever bit of it flips. */
export const MARK = 0xff;

export const HEADER_BYTES = 73;

/** The entry is deleted. */
export const DELETED = 1;
/** The value is a pointer to the record in a segment that holds key and value. */
export const POINTER = 2;
/** The block ends here: whatever comes later in the file does not count. */
export const SEAL = 4;
/** Counts only where no entry is live at the record's `storedAt`. */
export const IF_ABSENT = 8;
/** Counts only where the entry is the one stored at the record's `storedAt`. */
export const IF_SAME = 16;
/** A pointer that counts only where the entry points to the place named behind it. */
export const MOVED = 32;

/** What a record says, beside key and value. */
export interface RecordHead {
  readonly flags: number;
  readonly hash: Uint8Array;
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
  readonly cost: number | undefined;
}

const noBytes: Uint8Array = new Uint8Array(0);

/** Tells this process's records from all others, so that a writer finds its own in a shared log. */
export class RecordWriter {
  readonly #writer: number = Math.floor(Math.random() * 2 ** 32);
  #count = 0;

  /** A frame ready to be written. */
  frame(salt: number, head: RecordHead, key: string = "", value: Uint8Array = noBytes): Buffer {
    const keyBytes = Buffer.byteLength(key);
    const frame = Buffer.allocUnsafe(HEADER_BYTES + keyBytes + value.byteLength);
    frame.writeInt32LE(MAGIC, 0);
    frame.writeUInt16LE(head.flags, 12);
    frame.writeUInt16LE(0, 14);
    frame.writeUInt32LE(keyBytes, 16);
    frame.writeUInt32LE(value.byteLength, 20);
    frame.set(head.hash, 24);
    frame.writeDoubleLE(head.storedAt, 40);
    frame.writeDoubleLE(head.expiresAt ?? Infinity, 48);
    frame.writeDoubleLE(head.cost ?? NaN, 56);
    frame.writeUInt32LE(this.#writer, 64);
    frame.writeUInt32LE(this.#count, 68);
    this.#count = (this.#count + 1) >>> 0;
    frame[MARK_OFFSET] = 0;
    frame.write(key, HEADER_BYTES, "utf8");
    frame.set(value, HEADER_BYTES + keyBytes);
    frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES), salt), 8);
    frame.writeUInt32LE(crc32(frame.subarray(8, MARK_OFFSET), salt), 4);
    return frame;
  }
}

/** A view of a frame within a buffer. Nothing is copied. */
export class RecordView {
  readonly #buffer: Buffer;
  readonly #at: number;

  constructor(buffer: Buffer, at: number = 0) {
    this.#buffer = buffer;
    this.#at = at;
  }

  get flags(): number {
    return this.#buffer.readUInt16LE(this.#at + 12);
  }

  /** Whether a later record has taken this one's place, be that still to be found or damaged. */
  get isSuperseded(): boolean {
    return this.#buffer[this.#at + MARK_OFFSET] !== 0;
  }

  get #keyBytes(): number {
    return this.#buffer.readUInt32LE(this.#at + 16);
  }

  get #valueBytes(): number {
    return this.#buffer.readUInt32LE(this.#at + 20);
  }

  /** Length of the whole frame. */
  get length(): number {
    return HEADER_BYTES + this.#keyBytes + this.#valueBytes;
  }

  /** Length of header and key, for reading a key without its value. */
  get lengthWithoutValue(): number {
    return HEADER_BYTES + this.#keyBytes;
  }

  get valueLength(): number {
    return this.#valueBytes;
  }

  get hash(): Buffer {
    return this.#buffer.subarray(this.#at + 24, this.#at + 24 + HASH_BYTES);
  }

  get storedAt(): number {
    return this.#buffer.readDoubleLE(this.#at + 40);
  }

  /** Infinity: never. */
  get expires(): number {
    return this.#buffer.readDoubleLE(this.#at + 48);
  }

  get expiresAt(): number | undefined {
    const expires = this.expires;
    return expires === Infinity ? undefined : expires;
  }

  get cost(): number | undefined {
    const cost = this.#buffer.readDoubleLE(this.#at + 56);
    return Number.isNaN(cost) ? undefined : cost;
  }

  get key(): string {
    const start = this.#at + HEADER_BYTES;
    return this.#buffer.toString("utf8", start, start + this.#keyBytes);
  }

  get value(): Buffer {
    const end = this.#at + this.length;
    return this.#buffer.subarray(end - this.#valueBytes, end);
  }

  /** Whether the header lies whole in the buffer and is as it was written. */
  hasSoundHeader(salt: number): boolean {
    const at = this.#at;
    return (
      at + HEADER_BYTES <= this.#buffer.length &&
      this.#buffer.readInt32LE(at) === MAGIC &&
      this.#buffer.readUInt32LE(at + 4) ===
        crc32(this.#buffer.subarray(at + 8, at + MARK_OFFSET), salt)
    );
  }

  /** Whether key and value lie whole in the buffer. Asks for a sound header. */
  isWhole(): boolean {
    return this.#at + this.length <= this.#buffer.length;
  }

  /** Whether key and value are as they were written. Asks for a whole frame. */
  hasSoundBody(salt: number): boolean {
    const start = this.#at + HEADER_BYTES;
    const body = this.#buffer.subarray(start, this.#at + this.length);
    return this.#buffer.readUInt32LE(this.#at + 8) === crc32(body, salt);
  }

  /** Whether this is the very record, not only one that says the same. */
  isFrame(frame: Buffer): boolean {
    return this.#buffer.compare(frame, 0, MARK_OFFSET, this.#at, this.#at + MARK_OFFSET) === 0;
  }

  /** The frame's bytes. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#at, this.#at + this.length);
  }
}

/** Where the next magic begins at or after a position, be it cut by the end; -1: nowhere. */
export function nextMagic(buffer: Buffer, from: number): number {
  const whole = buffer.indexOf(magicBytes, from);
  if (whole >= 0) return whole;
  for (let at = Math.max(from, buffer.length - magicBytes.length + 1); at < buffer.length; at += 1) {
    if (magicBytes.compare(buffer, at, buffer.length, 0, buffer.length - at) === 0) return at;
  }
  return -1;
}

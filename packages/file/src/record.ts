import { crc32 } from "node:zlib";
import { KeyHash } from "./key-hash.ts";

/*
 * A record's frame, little-endian:
 *
 *    0  u32  magic, with the version of the format in its last byte
 *    4  u32  check of bytes 8 to 72, so that a scan can trust the lengths
 *    8  u16  flags          10  u16  reserved, 0
 *   12  u32  length of the key's text    16  u32  length of the value
 *   20  u32  writer         24  u32  the writer's count, together unlike any other record's
 *   28  u32  reserved, 0
 *   32  16 bytes, hash of the key
 *   48  f64  storedAt       56  f64  expiresAt, Infinity: never
 *   64  f64  cost, NaN: unknown
 *   72  the key's text in UTF-8, then the value
 *   then u32, CRC-32 of everything before it, seeded with the epoch's salt,
 *   and u8: 0, or a mark that was set later
 */

/** "ccR" and the version of the format. */
const MAGIC: number = 0x63 | (0x63 << 8) | (0x52 << 16) | (1 << 24);
const magicBytes = Buffer.alloc(4);
magicBytes.writeInt32LE(MAGIC);

export const HEADER_BYTES = 72;
const CRC_BYTES = 4;
export const TAIL_BYTES: number = CRC_BYTES + 1;

/** Mark of a record whose place a later one has taken, be that still to be found or damaged. */
export const SUPERSEDED = 0xff;
/** Mark of a record whose condition was not met: it says nothing about its key. */
export const VOID = 0x0f;

/** Bits set in each possible byte. A mark is read by their number, so that one flipped bit changes none. */
const BITS: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte.toString(2).replaceAll("0", "").length,
);

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
  readonly hash: KeyHash;
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
  readonly cost: number | undefined;
}

/** Below this, copying a value into its frame is faster than writing the frame in pieces. */
const WORTH_COPYING_BYTES = 8 * 1024;

const noBytes: Uint8Array = new Uint8Array(0);

/** Tells this process's records from all others, so that a writer finds its own in a shared log. */
export class RecordWriter {
  readonly #writer: number = Math.floor(Math.random() * 2 ** 32);
  #count = 0;

  /** A frame ready to be written. */
  frame(salt: number, head: RecordHead, key: string = "", value: Uint8Array = noBytes): Buffer {
    const keyBytes = Buffer.byteLength(key);
    const end = HEADER_BYTES + keyBytes + value.byteLength;
    const frame = Buffer.allocUnsafe(end + TAIL_BYTES);
    this.#writeStart(frame, salt, head, key, keyBytes, value.byteLength);
    frame.set(value, HEADER_BYTES + keyBytes);
    writeTail(frame, end, crc32(frame.subarray(0, end), salt));
    return frame;
  }

  /** The same in pieces: a large value goes as it is, since copying it would take as long as writing it. */
  pieces(salt: number, head: RecordHead, key: string, value: Uint8Array): Uint8Array[] {
    if (value.byteLength < WORTH_COPYING_BYTES) return [this.frame(salt, head, key, value)];
    const keyBytes = Buffer.byteLength(key);
    const start = Buffer.allocUnsafe(HEADER_BYTES + keyBytes);
    this.#writeStart(start, salt, head, key, keyBytes, value.byteLength);
    const tail = Buffer.allocUnsafe(TAIL_BYTES);
    writeTail(tail, 0, crc32(value, crc32(start, salt)));
    return [start, value, tail];
  }

  #writeStart(
    frame: Buffer,
    salt: number,
    head: RecordHead,
    key: string,
    keyBytes: number,
    valueBytes: number,
  ): void {
    frame.writeInt32LE(MAGIC, 0);
    frame.writeUInt16LE(head.flags, 8);
    frame.writeUInt16LE(0, 10);
    frame.writeUInt32LE(keyBytes, 12);
    frame.writeUInt32LE(valueBytes, 16);
    frame.writeUInt32LE(this.#writer, 20);
    frame.writeUInt32LE(this.#count, 24);
    frame.writeUInt32LE(0, 28);
    head.hash.write(frame, 32);
    frame.writeDoubleLE(head.storedAt, 48);
    frame.writeDoubleLE(head.expiresAt ?? Infinity, 56);
    frame.writeDoubleLE(head.cost ?? NaN, 64);
    frame.writeInt32LE(headerCheck(frame, 0, salt), 4);
    frame.write(key, HEADER_BYTES, keyBytes, "utf8");
    this.#count = (this.#count + 1) >>> 0;
  }
}

function writeTail(frame: Buffer, at: number, crc: number): void {
  frame.writeUInt32LE(crc, at);
  frame[at + CRC_BYTES] = 0;
}

/** FNV-1a over the header's words. Each step can be undone, so that no single change goes unnoticed. */
function headerCheck(bytes: Buffer, at: number, salt: number): number {
  let check = salt ^ 0x811c9dc5;
  for (let offset = at + 8; offset < at + HEADER_BYTES; offset += 4) {
    check = Math.imul(check ^ bytes.readInt32LE(offset), 0x01000193);
    check ^= check >>> 15;
  }
  return check | 0;
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
    return this.#buffer.readUInt16LE(this.#at + 8);
  }

  /** Undefined for a record that has none. */
  get mark(): typeof SUPERSEDED | typeof VOID | undefined {
    const bits = BITS[this.#buffer[this.#at + this.length - 1]!]!;
    if (bits < 2) return undefined;
    return bits < 6 ? VOID : SUPERSEDED;
  }

  get #keyBytes(): number {
    return this.#buffer.readUInt32LE(this.#at + 12);
  }

  get valueLength(): number {
    return this.#buffer.readUInt32LE(this.#at + 16);
  }

  /** Length of the whole frame. */
  get length(): number {
    return HEADER_BYTES + this.#keyBytes + this.valueLength + TAIL_BYTES;
  }

  /** Length of header and key, for reading a key without its value. */
  get lengthWithoutValue(): number {
    return HEADER_BYTES + this.#keyBytes;
  }

  get hash(): KeyHash {
    return KeyHash.read(this.#buffer, this.#at + 32);
  }

  get storedAt(): number {
    return this.#buffer.readDoubleLE(this.#at + 48);
  }

  /** Infinity: never. */
  get expires(): number {
    return this.#buffer.readDoubleLE(this.#at + 56);
  }

  get expiresAt(): number | undefined {
    const expires = this.expires;
    return expires === Infinity ? undefined : expires;
  }

  get cost(): number | undefined {
    const cost = this.#buffer.readDoubleLE(this.#at + 64);
    return Number.isNaN(cost) ? undefined : cost;
  }

  get key(): string {
    const start = this.#at + HEADER_BYTES;
    return this.#buffer.toString("utf8", start, start + this.#keyBytes);
  }

  get value(): Buffer {
    const start = this.#at + this.lengthWithoutValue;
    return this.#buffer.subarray(start, start + this.valueLength);
  }

  /** Whether the header lies whole in the buffer and is as it was written. */
  hasSoundHeader(salt: number): boolean {
    const at = this.#at;
    return (
      at + HEADER_BYTES <= this.#buffer.length &&
      this.#buffer.readInt32LE(at) === MAGIC &&
      this.#buffer.readInt32LE(at + 4) === headerCheck(this.#buffer, at, salt)
    );
  }

  /** Whether the frame lies whole in the buffer. Asks for a sound header. */
  isWhole(): boolean {
    return this.#at + this.length <= this.#buffer.length;
  }

  /** Whether all of a whole frame but its mark is as it was written. */
  isSound(salt: number): boolean {
    const end = this.#at + this.length - TAIL_BYTES;
    return this.#buffer.readUInt32LE(end) === crc32(this.#buffer.subarray(this.#at, end), salt);
  }

  /** Whether this is the very record, not only one that says the same. */
  isFrame(frame: Buffer): boolean {
    return this.#buffer.compare(frame, 0, HEADER_BYTES, this.#at, this.#at + HEADER_BYTES) === 0;
  }

  /** The frame's bytes. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#at, this.#at + this.length);
  }
}

/** The record that a buffer holds, and nothing but it; undefined when it is damaged. */
export function soundRecord(frame: Buffer, salt: number): RecordView | undefined {
  const record = new RecordView(frame);
  const isRecord =
    frame.length >= HEADER_BYTES + TAIL_BYTES &&
    frame.readInt32LE(0) === MAGIC &&
    record.length === frame.length;
  return isRecord && record.isSound(salt) ? record : undefined;
}

/** Where the next magic begins at or after a position, be it cut by the end; -1: nowhere. */
export function nextMagic(buffer: Buffer, from: number): number {
  const whole = buffer.indexOf(magicBytes, from);
  if (whole >= 0) return whole;
  for (
    let at = Math.max(from, buffer.length - magicBytes.length + 1);
    at < buffer.length;
    at += 1
  ) {
    if (magicBytes.compare(buffer, at, buffer.length, 0, buffer.length - at) === 0) return at;
  }
  return -1;
}

/** Where the mark of a record stands: in the last byte of its frame. */
export function markOf({ offset, length }: { offset: number; length: number }): number {
  return offset + length - 1;
}

import { mixView, mixWord } from "@class-cache/mapping/disk";
import { KeyHash } from "./key-hash.ts";

/*
 * A record's frame, little-endian:
 *
 *    0  u32  magic, with the version of this layout in its last byte
 *    4  u32  sum of bytes 8 to 66, seeded with the epoch's salt, so that a scan can trust the lengths
 *    8  u16  flags
 *   10  u32  length of the key's text    14  u32  length of the value
 *   18  u32  writer         22  u32  the writer's count, together unlike any other record's
 *   26  16 bytes, hash of the key
 *   42  f64  storedAt       50  f64  expiresAt, Infinity: never
 *   58  f64  cost, NaN: unknown
 *   66  the key's text in UTF-8, then the value
 *   then u32, sum of key and value, seeded with the header's and with the salt,
 *   and u8: 0, or a mark that was set later
 *
 * A single step checks each word: no call of the system's zlib is as quick for so few bytes.
 */

/** "ccR" and the version of the layout. */
export const MAGIC: number = 0x63 | (0x63 << 8) | (0x52 << 16) | (3 << 24);
const magicBytes = Buffer.alloc(4);
magicBytes.writeInt32LE(MAGIC);

export const HEADER_BYTES = 66;
const SUM_BYTES = 4;
export const TAIL_BYTES: number = SUM_BYTES + 1;

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

/** To decode a longer key takes less time than to compare it unit by unit. */
const LONGEST_COMPARED = 256;

/** A view of a frame within a buffer. Nothing is copied. */
export class RecordView {
  readonly #buffer: Buffer;
  readonly #data: DataView;
  readonly #at: number;

  /** @param data a view of all of the buffer, which takes as long to make as the rest of a look at a record */
  constructor(buffer: Buffer, at: number = 0, data: DataView = dataOf(buffer)) {
    this.#buffer = buffer;
    this.#data = data;
    this.#at = at;
  }

  get flags(): number {
    return this.#data.getUint16(this.#at + 8, true);
  }

  /** Undefined for a record that has none. */
  get mark(): typeof SUPERSEDED | typeof VOID | undefined {
    const bits = BITS[this.#buffer[this.#at + this.length - 1]!]!;
    if (bits < 2) return undefined;
    return bits < 6 ? VOID : SUPERSEDED;
  }

  get #keyBytes(): number {
    return this.#data.getUint32(this.#at + 10, true);
  }

  get valueLength(): number {
    return this.#data.getUint32(this.#at + 14, true);
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
    return KeyHash.read(this.#data, this.#at + 26);
  }

  get storedAt(): number {
    return this.#data.getFloat64(this.#at + 42, true);
  }

  /** Infinity: never. */
  get expires(): number {
    return this.#data.getFloat64(this.#at + 50, true);
  }

  get expiresAt(): number | undefined {
    const expires = this.expires;
    return expires === Infinity ? undefined : expires;
  }

  get cost(): number | undefined {
    const cost = this.#data.getFloat64(this.#at + 58, true);
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

  /** Where the frame begins in its buffer. */
  get start(): number {
    return this.#at;
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  get data(): DataView {
    return this.#data;
  }

  /** The frame's bytes. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#at, this.#at + this.length);
  }

  /** The value in memory of its own. */
  copyValue(): Buffer {
    const { valueLength } = this;
    const value = Buffer.allocUnsafe(valueLength);
    const start = this.#at + this.lengthWithoutValue;
    this.#buffer.copy(value, 0, start, start + valueLength);
    return value;
  }

  /** Whether this is the record of a key. */
  isOf(key: string): boolean {
    const { length } = key;
    if (length !== this.#keyBytes || length > LONGEST_COMPARED) return this.key === key;
    // So many bytes as code units: one that is not ASCII takes more. Decoding a short key takes far longer.
    const start = this.#at + HEADER_BYTES;
    for (let at = 0; at < length; at += 1) {
      const unit = key.charCodeAt(at);
      if (unit > 0x7f || unit !== this.#buffer[start + at]) return false;
    }
    return true;
  }

  /** Whether the header lies whole in the buffer and is as it was written. */
  hasSoundHeader(salt: number): boolean {
    const at = this.#at;
    return (
      at + HEADER_BYTES <= this.#buffer.length &&
      this.#data.getInt32(at, true) === MAGIC &&
      this.#data.getInt32(at + 4, true) === headerSum(this.#data, at, salt)
    );
  }

  /** Whether the frame lies whole in the buffer. Asks for a sound header. */
  isWhole(): boolean {
    return this.#at + this.length <= this.#buffer.length;
  }

  /** Whether key and value of a whole frame are as they were written. Asks for a sound header. */
  isSound(salt: number): boolean {
    const value = this.#at + this.lengthWithoutValue;
    const end = value + this.valueLength;
    const sum = keySum(this.#data, this.#at, value, salt);
    return this.#data.getInt32(end, true) === mixView(sum, this.#data, value, end);
  }

  /** Whether it is a sound record with a frame of this length, which has to lie in the buffer. */
  isSoundOf(length: number, salt: number): boolean {
    return this.hasSoundHeader(salt) && this.length === length && this.isSound(salt);
  }

  /** Whether this is the very record, not only one that says the same. */
  isFrame({ buffer, start }: RecordView): boolean {
    const end = this.#at + HEADER_BYTES;
    return this.#buffer.compare(buffer, start, start + HEADER_BYTES, this.#at, end) === 0;
  }
}

/** The record that a buffer holds, and nothing but it; undefined when it is damaged. */
export function soundRecord(frame: Buffer, salt: number): RecordView | undefined {
  const record = new RecordView(frame);
  return record.isSoundOf(frame.length, salt) ? record : undefined;
}

export function headerSum(data: DataView, at: number, salt: number): number {
  return mixView(salt, data, at + 8, at + HEADER_BYTES);
}

/** The sum of a key, which that of its value begins with. Asks for the header's. */
export function keySum(data: DataView, at: number, end: number, salt: number): number {
  return mixView(mixWord(salt, data.getInt32(at + 4, true)), data, at + HEADER_BYTES, end);
}

export function dataOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
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

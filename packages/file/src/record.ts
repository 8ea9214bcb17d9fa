import { mixView, mixWord } from "@class-cache/mapping/disk";
import { HASH_BYTES, KeyHash } from "./key-hash.ts";
import {
  bitsIn,
  EVEN,
  evenFlags,
  EXACT,
  EXACT_BYTES,
  fieldBytes,
  fixedBytes,
  HAS_COST,
  HAS_EXPIRY,
  HAS_HASH,
  HAS_HEADER_SUM,
  HAS_MORE,
  HAS_WRITER,
  SUM_BYTES,
  TIME_BYTES,
  timesBytes,
  WIDE,
} from "./record-layout.ts";

/** How a record without a mark begins; no such byte is ever part of a text. */
export const PLAIN = 0xfd;
/** Mark of a record whose place a later one has taken, be that still to be found or damaged. */
export const SUPERSEDED = 0x05;
/** Mark of a record whose condition was not met: it says nothing about its key. */
export const VOID = 0xe2;
const MARKS = [PLAIN, SUPERSEDED, VOID];

/** So many bits of a mark may be flipped: any two of them differ in five. */
const MOST_FLIPPED = 2;

/** The mark that each possible byte stands for; 0: none. */
const MARK_OF: Uint8Array = Uint8Array.from(
  { length: 256 },
  (_, byte) => MARKS.find((mark) => bitsIn(mark ^ byte) <= MOST_FLIPPED) ?? 0,
);

/** The entry is deleted. */
export const DELETED = 1;
/** The value is a pointer to the record in a segment that holds key and value. */
export const POINTER = 2;
/** Counts only where no entry is live at the record's `storedAt`. */
export const IF_ABSENT = 4;
/** The block ends here: whatever comes later in the file does not count. */
export const SEAL = 0x100;
/** A pointer that counts only where the entry points to the place named behind it. */
export const MOVED = 0x200;
/** Counts only where the entry is the one stored at the record's `storedAt`. */
export const IF_SAME = 0x400;
const MEANING: number = DELETED | POINTER | IF_ABSENT | IF_SAME | SEAL | MOVED;

export const TAIL_BYTES: number = SUM_BYTES;

/** Key and value of more bytes have a sum of the header: bytes that imitate one cost a look at so many. */
export const MOST_UNTRUSTED_BYTES: number = 64 * 1024;

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
  readonly #flags: number;
  readonly #keyBytes: number;
  readonly #valueBytes: number;
  /** Where the lengths end. */
  readonly #timesAt: number;
  readonly #keyAt: number;
  #hash: KeyHash | undefined;

  /** @param data a view of all of the buffer, which takes as long to make as the rest of a look at a record */
  constructor(buffer: Buffer, at: number = 0, data: DataView = dataOf(buffer)) {
    this.#buffer = buffer;
    this.#data = data;
    this.#at = at;
    // Behind the end all is taken for 0: such a header does not lie whole in the buffer.
    let flags = buffer[at + 1]! | 0;
    if ((flags & HAS_MORE) !== 0) flags |= buffer[at + 2]! << 8;
    this.#flags = flags;
    this.#timesAt = at + fixedBytes(flags);
    this.#keyAt = this.#timesAt + fieldBytes(flags);
    const isWide = (flags & WIDE) !== 0;
    if (isWide && this.#timesAt > buffer.length) {
      this.#keyBytes = 0;
      this.#valueBytes = 0;
    } else {
      this.#keyBytes = isWide
        ? data.getUint32(this.#timesAt - 8, true)
        : buffer[this.#timesAt - 2]! | 0;
      this.#valueBytes = isWide
        ? data.getUint32(this.#timesAt - 4, true)
        : buffer[this.#timesAt - 1]! | 0;
    }
  }

  get flags(): number {
    return this.#flags & MEANING;
  }

  /** Undefined for a record that has none. */
  get mark(): typeof SUPERSEDED | typeof VOID | undefined {
    const mark = MARK_OF[this.#buffer[this.#at]!]!;
    return mark === SUPERSEDED || mark === VOID ? mark : undefined;
  }

  /** Whether no bit of the mark is flipped, though it can still be read. */
  get hasSoundMark(): boolean {
    return MARKS.includes(this.#buffer[this.#at]!);
  }

  /** Whether it says that a key has a value, and nothing else, in as few bytes as can be. */
  get isPlain(): boolean {
    const other = (this.#flags & POINTER) === 0 ? MEANING | HAS_WRITER : MEANING ^ POINTER;
    return (this.#flags & other) === 0 && this.#buffer[this.#at] === PLAIN;
  }

  /** Whether the frame cannot equal another. */
  get isUnique(): boolean {
    return (this.#flags & HAS_WRITER) !== 0;
  }

  get valueLength(): number {
    return this.#valueBytes;
  }

  /** Length of the whole frame. */
  get length(): number {
    return this.#keyAt - this.#at + this.#keyBytes + this.#valueBytes + TAIL_BYTES;
  }

  /** Length of header and key, for reading a key without its value. */
  get lengthWithoutValue(): number {
    return this.#keyAt - this.#at + this.#keyBytes;
  }

  get hash(): KeyHash {
    return (this.#hash ??= this.#readHash());
  }

  get storedAt(): number {
    return this.#time(0);
  }

  /** Infinity: never. */
  get expires(): number {
    return (this.#flags & HAS_EXPIRY) === 0 ? Infinity : this.#time(1);
  }

  get expiresAt(): number | undefined {
    const expires = this.expires;
    return expires === Infinity ? undefined : expires;
  }

  get cost(): number | undefined {
    if ((this.#flags & HAS_COST) === 0) return undefined;
    const cost = this.#data.getFloat64(this.#timesAt + timesBytes(this.#flags), true);
    return Number.isNaN(cost) ? undefined : cost;
  }

  get key(): string {
    const start = this.#keyAt;
    return this.#buffer.toString("utf8", start, start + this.#keyBytes);
  }

  get value(): Buffer {
    const start = this.#keyAt + this.#keyBytes;
    return this.#buffer.subarray(start, start + this.#valueBytes);
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

  /** Whether this is the record of a key. */
  isOf(key: string): boolean {
    const { length } = key;
    if (length !== this.#keyBytes || length > LONGEST_COMPARED) return this.key === key;
    // So many bytes as code units: one that is not ASCII takes more. Decoding a short key takes far longer.
    const start = this.#keyAt;
    for (let at = 0; at < length; at += 1) {
      const unit = key.charCodeAt(at);
      if (unit > 0x7f || unit !== this.#buffer[start + at]) return false;
    }
    return true;
  }

  /**
   * Whether the header lies whole in the buffer and may be one. Only where it has a sum is it known to be as
   * it was written; others are trusted with all of their frame, which is of few bytes.
   */
  hasSoundHeader(salt: number): boolean {
    const keyAt = this.#keyAt;
    if (keyAt > this.#buffer.length || MARK_OF[this.#buffer[this.#at]!] === 0) return false;
    if (!this.#isEven()) return false;
    if ((this.#flags & HAS_HEADER_SUM) === 0) {
      return this.#keyBytes + this.#valueBytes <= MOST_UNTRUSTED_BYTES;
    }
    const sumAt = keyAt - SUM_BYTES;
    return this.#data.getInt32(sumAt, true) === mixView(salt, this.#data, this.#at + 1, sumAt);
  }

  /**
   * Whether it may be the beginning of a frame whose header the buffer's end cuts. A flipped bit can make a
   * header longer: what of it tells its length has to be as it was written, as far as it is there.
   */
  get isCut(): boolean {
    if (this.#keyAt <= this.#buffer.length || MARK_OF[this.#buffer[this.#at]!] === 0) return false;
    return this.#timesAt > this.#buffer.length || this.#isEven();
  }

  /** Whether the frame lies whole in the buffer. Asks for a sound header. */
  isWhole(): boolean {
    return this.#at + this.length <= this.#buffer.length;
  }

  /** Whether a whole frame is as it was written. Asks for a sound header. */
  isSound(salt: number): boolean {
    const data = this.#data;
    const value = this.#keyAt + this.#keyBytes;
    const end = value + this.#valueBytes;
    if ((this.#flags & HAS_HEADER_SUM) === 0) {
      return data.getInt32(end, true) === mixView(salt, data, this.#at + 1, end);
    }
    const sum = keySum(data, this.#keyAt, value, salt);
    return data.getInt32(end, true) === mixView(sum, data, value, end);
  }

  /** Whether it is a sound record with a frame of this length, which has to lie in the buffer. */
  isSoundOf(length: number, salt: number): boolean {
    return this.hasSoundHeader(salt) && this.length === length && this.isSound(salt);
  }

  /** Whether the frames are equal, be they one or two. Their marks do not count. */
  isFrame({ buffer, start, length }: RecordView): boolean {
    if (length !== this.length) return false;
    const end = this.#at + length;
    return this.#buffer.compare(buffer, start + 1, start + length, this.#at + 1, end) === 0;
  }

  /** Whether flags and lengths have even numbers of bits. Asks for them to lie whole in the buffer. */
  #isEven(): boolean {
    return (this.#flags & EVEN) === evenFlags(this.#buffer, this.#at);
  }

  #readHash(): KeyHash {
    if ((this.#flags & HAS_HASH) === 0) {
      return KeyHash.ofShort(this.#buffer, this.#keyAt, this.#keyBytes);
    }
    const sumBytes = (this.#flags & HAS_HEADER_SUM) === 0 ? 0 : SUM_BYTES;
    return KeyHash.read(this.#data, this.#keyAt - sumBytes - HASH_BYTES);
  }

  /** @param index of the time, in the order in which they stand */
  #time(index: number): number {
    if ((this.#flags & EXACT) !== 0) {
      return this.#data.getFloat64(this.#timesAt + index * EXACT_BYTES, true);
    }
    const at = this.#timesAt + index * TIME_BYTES;
    return this.#data.getUint32(at, true) + this.#data.getUint16(at + 4, true) * 2 ** 32;
  }
}

/** The record that a buffer holds, and nothing but it; undefined when it is damaged. */
export function soundRecord(frame: Buffer, salt: number): RecordView | undefined {
  const record = new RecordView(frame);
  return record.isSoundOf(frame.length, salt) ? record : undefined;
}

/** The sum of a key behind a header that has one, which the sum of its value begins with. */
export function keySum(data: DataView, keyAt: number, end: number, salt: number): number {
  return mixView(mixWord(salt, data.getInt32(keyAt - SUM_BYTES, true)), data, keyAt, end);
}

export function dataOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Where a frame may begin at or after a position, by its first byte; -1: nowhere. */
export function nextMark(buffer: Buffer, from: number): number {
  for (let at = from; at < buffer.length; at += 1) {
    const byte = buffer[at]!;
    if (byte === PLAIN || byte === SUPERSEDED || byte === VOID) return at;
  }
  return -1;
}

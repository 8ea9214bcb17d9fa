import { mixPieces, mixView } from "@class-cache/mapping/disk";
import { HASH_BYTES } from "./key-hash.ts";
import { lengthOf } from "./pieces.ts";
import type { RecordHead } from "./record.ts";
import {
  dataOf,
  keySum,
  MOST_UNTRUSTED_BYTES,
  PLAIN,
  POINTER,
  RecordView,
  TAIL_BYTES,
} from "./record.ts";
import {
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
  OF_POINTER,
  SUM_BYTES,
  TIME_BYTES,
  WIDE,
} from "./record-layout.ts";

/** Below this, copying a value into its frame is faster than writing the frame in pieces. */
const WORTH_COPYING_BYTES = 32 * 1024;

/** Frames share memory where that is faster: to allot and to view it takes longer than to fill a small one. */
const SHARED_BYTES = 256 * 1024;
const MOST_SHARED_BYTES = SHARED_BYTES / 4;

/** Memory for one frame after the other: fresh memory for each costs more collecting than filling. */
const BRIEF_BYTES = 2 * WORTH_COPYING_BYTES;

interface Memory {
  readonly buffer: Buffer;
  readonly data: DataView;
}

const noBytes: Uint8Array = new Uint8Array(0);
const noBuffer: Buffer = Buffer.alloc(0);

/** Tells this process's records from all others, so that a writer finds its own in a shared log. */
export class RecordWriter {
  readonly #writer: number = Math.floor(Math.random() * 2 ** 32);
  #count = 0;
  #shared: Buffer = noBuffer;
  #sharedData: DataView = dataOf(noBuffer);
  #used = 0;
  #brief: Memory | undefined;

  /**
   * A frame ready to be written.
   *
   * @param isFirst whether others are written with it, behind it: of two such that say the same it has to
   * be known whose it is, as of two that count under a condition
   */
  frame(
    salt: number,
    head: RecordHead,
    key: string = "",
    value: Uint8Array = noBytes,
    isFirst: boolean = false,
  ): RecordView {
    const keyBytes = Buffer.byteLength(key);
    const valueBytes = value.byteLength;
    let flags = flagsFor(head, key) | widthFor(keyBytes, valueBytes);
    if (head.flags !== 0 || isFirst) flags |= HAS_WRITER | HAS_MORE;
    if (keyBytes + valueBytes > MOST_UNTRUSTED_BYTES) flags |= HAS_HEADER_SUM | HAS_MORE;
    const headerBytes = fixedBytes(flags) + fieldBytes(flags);
    const { buffer, data, start } = this.#allot(headerBytes + keyBytes + valueBytes + TAIL_BYTES);
    const keyAt = this.#writeHeader(buffer, data, start, salt, head, flags, keyBytes, valueBytes);
    const valueAt = keyAt + keyBytes;
    buffer.write(key, keyAt, keyBytes, "utf8");
    buffer.set(value, valueAt);
    const end = valueAt + valueBytes;
    const hasHeaderSum = (flags & HAS_HEADER_SUM) !== 0;
    const sum = hasHeaderSum
      ? mixView(keySum(data, keyAt, valueAt, salt), data, valueAt, end)
      : mixView(salt, data, start + 1, end);
    data.setInt32(end, sum, true);
    return new RecordView(buffer, start, data);
  }

  /**
   * A frame for a segment, in pieces: a large value goes as it is, since copying it would take as long as
   * writing it. Its header can be trusted without the rest.
   *
   * @param values pieces of the value
   * @param isBrief whether the frame's memory may be used again by the next such call
   */
  pieces(
    salt: number,
    head: RecordHead,
    key: string,
    values: readonly Uint8Array[],
    isBrief: boolean,
  ): readonly Uint8Array[] {
    const valueBytes = lengthOf(values);
    const keyBytes = Buffer.byteLength(key);
    const flags = flagsFor(head, "") | WIDE | HAS_HEADER_SUM | HAS_MORE;
    const headerBytes = fixedBytes(flags) + fieldBytes(flags);
    const isCopied = valueBytes < WORTH_COPYING_BYTES;
    const valueAt = headerBytes + keyBytes;
    const length = isCopied ? valueAt + valueBytes + TAIL_BYTES : valueAt;
    const { buffer, data } = isBrief ? this.#lend(length) : ownMemory(length);
    this.#writeHeader(buffer, data, 0, salt, head, flags, keyBytes, valueBytes);
    buffer.write(key, headerBytes, keyBytes, "utf8");
    const sum = mixPieces(keySum(data, headerBytes, valueAt, salt), values);
    const start = buffer.length === length ? buffer : buffer.subarray(0, length);
    if (isCopied) {
      let end = valueAt;
      for (const piece of values) {
        start.set(piece, end);
        end += piece.byteLength;
      }
      data.setInt32(end, sum, true);
      return [start];
    }
    const tail = Buffer.allocUnsafe(TAIL_BYTES);
    tail.writeInt32LE(sum, 0);
    return [start, ...values, tail];
  }

  #lend(length: number): Memory {
    if (length > BRIEF_BYTES) return ownMemory(length);
    this.#brief ??= ownMemory(BRIEF_BYTES);
    return this.#brief;
  }

  #allot(length: number): Memory & { start: number } {
    if (length > MOST_SHARED_BYTES) return { ...ownMemory(length), start: 0 };
    if (this.#used + length > this.#shared.length) {
      this.#shared = Buffer.allocUnsafeSlow(SHARED_BYTES);
      this.#sharedData = dataOf(this.#shared);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return { buffer: this.#shared, data: this.#sharedData, start };
  }

  /** @returns where it ends */
  #writeHeader(
    buffer: Buffer,
    data: DataView,
    start: number,
    salt: number,
    head: RecordHead,
    flags: number,
    keyBytes: number,
    valueBytes: number,
  ): number {
    buffer[start] = PLAIN;
    buffer[start + 1] = flags;
    if ((flags & HAS_MORE) !== 0) buffer[start + 2] = flags >> 8;
    let at = start + fixedBytes(flags);
    if ((flags & WIDE) === 0) {
      buffer[at - 2] = keyBytes;
      buffer[at - 1] = valueBytes;
    } else {
      data.setUint32(at - 8, keyBytes, true);
      data.setUint32(at - 4, valueBytes, true);
    }
    buffer[start + 1] = flags | evenFlags(buffer, start);
    at = putTime(data, at, flags, head.storedAt);
    if ((flags & HAS_EXPIRY) !== 0) at = putTime(data, at, flags, head.expiresAt ?? Infinity);
    if ((flags & HAS_COST) !== 0) {
      data.setFloat64(at, head.cost ?? NaN, true);
      at += 8;
    }
    if ((flags & HAS_WRITER) !== 0) {
      data.setUint32(at, this.#writer, true);
      data.setUint32(at + 4, this.#count, true);
      this.#count = (this.#count + 1) >>> 0;
      at += 8;
    }
    if ((flags & HAS_HASH) !== 0) {
      head.hash.write(data, at);
      at += HASH_BYTES;
    }
    if ((flags & HAS_HEADER_SUM) === 0) return at;
    data.setInt32(at, mixView(salt, data, start + 1, at), true);
    return at + SUM_BYTES;
  }
}

function ownMemory(length: number): Memory {
  const buffer = Buffer.allocUnsafe(length);
  return { buffer, data: dataOf(buffer) };
}

/** The flags of a record: what it means, and which fields that takes. */
function flagsFor({ flags, hash, storedAt, expiresAt, cost }: RecordHead, key: string): number {
  if ((flags & POINTER) !== 0) return flags | OF_POINTER;
  let all = flags;
  if (key === "" || !hash.isShort) all |= HAS_HASH;
  if (expiresAt !== undefined && expiresAt !== Infinity) all |= HAS_EXPIRY;
  if (cost !== undefined && !Number.isNaN(cost)) all |= HAS_COST;
  if (!isPlainTime(storedAt) || ((all & HAS_EXPIRY) !== 0 && !isPlainTime(expiresAt!)))
    all |= EXACT;
  return all > 0xff ? all | HAS_MORE : all;
}

function widthFor(keyBytes: number, valueBytes: number): number {
  return keyBytes > 0xff || valueBytes > 0xff ? WIDE : 0;
}

/** Whether six bytes hold it. */
function isPlainTime(time: number): boolean {
  return Number.isInteger(time) && time >= 1 && time < 2 ** 48;
}

/** @returns where it ends */
function putTime(data: DataView, at: number, flags: number, time: number): number {
  if ((flags & EXACT) !== 0) {
    data.setFloat64(at, time, true);
    return at + EXACT_BYTES;
  }
  const high = Math.floor(time / 2 ** 32);
  data.setUint32(at, time - high * 2 ** 32, true);
  data.setUint16(at + 4, high, true);
  return at + TIME_BYTES;
}

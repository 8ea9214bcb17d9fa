import { mixPieces, mixView } from "@class-cache/mapping/disk";
import { lengthOf } from "./pieces.ts";
import type { RecordHead } from "./record.ts";
import {
  dataOf,
  HEADER_BYTES,
  headerSum,
  keySum,
  MAGIC,
  RecordView,
  TAIL_BYTES,
} from "./record.ts";

/** Below this, copying a value into its frame is faster than writing the frame in pieces. */
const WORTH_COPYING_BYTES = 32 * 1024;

/** Frames share memory where that is faster: to allot and to view it takes longer than to fill a small one. */
const SHARED_BYTES = 256 * 1024;
const MOST_SHARED_BYTES = SHARED_BYTES / 4;

const noBytes: Uint8Array = new Uint8Array(0);
const noBuffer: Buffer = Buffer.alloc(0);

/** Tells this process's records from all others, so that a writer finds its own in a shared log. */
export class RecordWriter {
  readonly #writer: number = Math.floor(Math.random() * 2 ** 32);
  #count = 0;
  #shared: Buffer = noBuffer;
  #sharedData: DataView = dataOf(noBuffer);
  #used = 0;

  /** A frame ready to be written. */
  frame(salt: number, head: RecordHead, key: string = "", value: Uint8Array = noBytes): RecordView {
    const keyBytes = Buffer.byteLength(key);
    const record = this.#allot(HEADER_BYTES + keyBytes + value.byteLength + TAIL_BYTES);
    const { buffer, data, start } = record;
    this.#writeHeader(data, start, salt, head, keyBytes, value.byteLength);
    const valueStart = start + HEADER_BYTES + keyBytes;
    buffer.write(key, start + HEADER_BYTES, keyBytes, "utf8");
    buffer.set(value, valueStart);
    const end = valueStart + value.byteLength;
    writeTail(data, end, mixView(keySum(data, start, valueStart, salt), data, valueStart, end));
    return record;
  }

  /**
   * The same in pieces: a large value goes as it is, since copying it would take as long as writing it.
   *
   * @param values pieces of the value
   */
  pieces(
    salt: number,
    head: RecordHead,
    key: string,
    values: readonly Uint8Array[],
  ): readonly Uint8Array[] {
    const valueBytes = lengthOf(values);
    const [only] = values;
    if (valueBytes < WORTH_COPYING_BYTES && only !== undefined) {
      return [
        this.frame(salt, head, key, values.length === 1 ? only : Buffer.concat(values)).bytes,
      ];
    }
    const keyBytes = Buffer.byteLength(key);
    const start = Buffer.allocUnsafe(HEADER_BYTES + keyBytes);
    const data = dataOf(start);
    this.#writeHeader(data, 0, salt, head, keyBytes, valueBytes);
    start.write(key, HEADER_BYTES, keyBytes, "utf8");
    const tail = Buffer.allocUnsafe(TAIL_BYTES);
    const sum = keySum(data, 0, start.length, salt);
    writeTail(dataOf(tail), 0, mixPieces(sum, values));
    return [start, ...values, tail];
  }

  #allot(length: number): RecordView {
    if (length > MOST_SHARED_BYTES) return new RecordView(Buffer.allocUnsafe(length));
    if (this.#used + length > this.#shared.length) {
      this.#shared = Buffer.allocUnsafeSlow(SHARED_BYTES);
      this.#sharedData = dataOf(this.#shared);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return new RecordView(this.#shared, start, this.#sharedData);
  }

  #writeHeader(
    data: DataView,
    at: number,
    salt: number,
    head: RecordHead,
    keyBytes: number,
    valueBytes: number,
  ): void {
    data.setInt32(at, MAGIC, true);
    data.setUint16(at + 8, head.flags, true);
    data.setUint32(at + 10, keyBytes, true);
    data.setUint32(at + 14, valueBytes, true);
    data.setUint32(at + 18, this.#writer, true);
    data.setUint32(at + 22, this.#count, true);
    head.hash.write(data, at + 26);
    data.setFloat64(at + 42, head.storedAt, true);
    data.setFloat64(at + 50, head.expiresAt ?? Infinity, true);
    data.setFloat64(at + 58, head.cost ?? NaN, true);
    data.setInt32(at + 4, headerSum(data, at, salt), true);
    this.#count = (this.#count + 1) >>> 0;
  }
}

function writeTail(data: DataView, at: number, sum: number): void {
  data.setInt32(at, sum, true);
  data.setUint8(at + 4, 0);
}

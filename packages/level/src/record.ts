import { crc32 } from "node:zlib";
import type { StoredEntry, StoredRecord } from "@class-cache/mapping";
import { mixBytes, mixText, mixWord } from "@class-cache/mapping/disk";

/*
 * A record, little-endian:
 *
 *    0  u32  magic, with the version of the format in its last byte
 *    4  i32  checksum of the value, seeded with those of the mapping's id, the key and the header
 *    8  u32  1: the value lies in the row of large values, 0: here
 *   12  u32  length of the value
 *   16  f64  storedAt       24  f64  expiresAt, Infinity: never
 *   32  f64  cost, NaN: unknown
 *   40  the value
 */

/** "ccL" and the version of the format. */
const MAGIC: number = 0x63 | (0x63 << 8) | (0x4c << 16) | (1 << 24);
const HEADER_BYTES = 40;

const noBytes: Uint8Array = new Uint8Array(0);

/** A record longer than this lies in a row of its own, so that looking through keys reads no large values. */
export const LONGEST_INLINE_BYTES: number = 16 * 1024;

/** What keeps the checksums of one mapping's records apart from all others'. */
export function recordSeed(id: string): number {
  return crc32(Buffer.from(id, "utf16le"));
}

export function encodeRecord(seed: number, key: string, entry: StoredEntry): Buffer {
  const { value } = entry;
  const record = Buffer.allocUnsafe(HEADER_BYTES + value.byteLength);
  record.writeInt32LE(MAGIC, 0);
  record.writeUInt32LE(0, 8);
  record.writeUInt32LE(value.byteLength, 12);
  record.writeDoubleLE(entry.storedAt, 16);
  record.writeDoubleLE(entry.expiresAt ?? Infinity, 24);
  record.writeDoubleLE(entry.cost ?? NaN, 32);
  record.set(value, HEADER_BYTES);
  record.writeInt32LE(checksum(seed, key, record, value), 4);
  return record;
}

/** The record that stands among the keys in the place of one whose value lies elsewhere. */
export function encodeHead(seed: number, key: string, record: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES);
  head.set(record.subarray(0, HEADER_BYTES));
  head.writeUInt32LE(1, 8);
  head.writeInt32LE(checksum(seed, key, head, noBytes), 4);
  return head;
}

/** Of the header after the checksum's own place, and of what else is given. */
function checksum(seed: number, key: string, record: Buffer, value: Uint8Array): number {
  let header = mixText(seed, key);
  for (let at = 8; at < HEADER_BYTES; at += 4) header = mixWord(header, record.readInt32LE(at));
  return mixBytes(header, value);
}

/** Whether the value of a record lies in the row of large values. */
export function isLarge(record: Uint8Array): boolean {
  return record.length === HEADER_BYTES && record[8] === 1;
}

/** What a record says of its entry; undefined when it is not as it was written. */
export function decodeHead(
  seed: number,
  key: string,
  record: Uint8Array,
): StoredRecord | undefined {
  const bytes = asBuffer(record);
  const value = soundValue(seed, key, bytes);
  if (value === undefined) return undefined;
  const expires = bytes.readDoubleLE(24);
  const cost = bytes.readDoubleLE(32);
  return {
    key,
    bytes: bytes.readUInt32LE(12),
    storedAt: bytes.readDoubleLE(16),
    expiresAt: expires === Infinity ? undefined : expires,
    cost: Number.isNaN(cost) ? undefined : cost,
  };
}

/** The entry of a record; undefined when it is not as it was written, or its value is lost. */
export function decodeRecord(
  seed: number,
  key: string,
  record: Uint8Array,
): StoredEntry | undefined {
  const bytes = asBuffer(record);
  const value = soundValue(seed, key, bytes);
  if (value === undefined || isLarge(bytes)) return undefined;
  const expires = bytes.readDoubleLE(24);
  const cost = bytes.readDoubleLE(32);
  return {
    value,
    storedAt: bytes.readDoubleLE(16),
    expiresAt: expires === Infinity ? undefined : expires,
    cost: Number.isNaN(cost) ? undefined : cost,
  };
}

/** What follows the header, where the record is as it was written. */
function soundValue(seed: number, key: string, record: Buffer): Uint8Array | undefined {
  if (record.length < HEADER_BYTES || record.readInt32LE(0) !== MAGIC) return undefined;
  const length = record.length - HEADER_BYTES;
  if (!isLarge(record) && record.readUInt32LE(12) !== length) return undefined;
  const value = length === 0 ? noBytes : record.subarray(HEADER_BYTES);
  return checksum(seed, key, record, value) === record.readInt32LE(4) ? value : undefined;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

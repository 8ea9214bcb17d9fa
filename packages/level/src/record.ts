import { crc32 } from "node:zlib";
import type { StoredEntry, StoredRecord } from "@class-cache/mapping";
import { mixBytes, mixText, mixWord } from "@class-cache/mapping/disk";
import type { Allot } from "./record-memory.ts";
import { freshMemory } from "./record-memory.ts";

/*
 * A record, little-endian:
 *
 *         the value
 *         storedAt, and expiresAt with `EXPIRES`: milliseconds since `EPOCH` in 5 bytes, f64 with `EXACT`
 *    f64  cost, with `COST`
 *    u32  length of the value, with `LARGE`: then it lies in the row of large values
 *    i32  checksum of the value, seeded with those of the mapping's id, the key and the rest of the record
 *     u8  version of the format in the upper four bits, then which of the above there are
 *
 * The value comes first, so that its words lie where a processor takes them at once. What is always the
 * same takes no bytes: LevelDB compresses a block that gets an eighth smaller by it, and then every read
 * has to unpack one.
 */

const FORMAT: number = 2 << 4;
const LARGE = 1;
const EXPIRES = 2;
const COST = 4;
const EXACT = 8;

const SHORT_TIME_BYTES = 5;
const F64_BYTES = 8;
const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** The checksum and the last byte. */
const END_BYTES: number = CHECKSUM_BYTES + 1;

const EPOCH: number = Date.UTC(2020);
const SHORT_TIMES: number = 2 ** (8 * SHORT_TIME_BYTES);

/** What a record has besides its value, by the lower four bits of its last byte. */
const tailBytes: readonly number[] = Array.from({ length: 16 }, (_, flags) => {
  const times = flags & EXPIRES ? 2 : 1;
  const costBytes = flags & COST ? F64_BYTES : 0;
  const lengthBytes = flags & LARGE ? LENGTH_BYTES : 0;
  return times * timeBytes(flags) + costBytes + lengthBytes + END_BYTES;
});

const noBytes: Uint8Array = new Uint8Array(0);

/** A record longer than this lies in a row of its own, so that looking through keys reads no large values. */
export const LONGEST_INLINE_BYTES: number = 16 * 1024;

/** What keeps the checksums of one mapping's records apart from all others'. */
export function recordSeed(id: string): number {
  return crc32(Buffer.from(id, "utf16le"));
}

export function encodeRecord(
  seed: number,
  key: string,
  entry: StoredEntry,
  allot: Allot = freshMemory,
): Buffer {
  const { value, storedAt, expiresAt = Infinity, cost = NaN } = entry;
  const expires = expiresAt !== Infinity;
  const hasCost = !Number.isNaN(cost);
  const isExact = !isShort(storedAt) || (expires && !isShort(expiresAt));
  const flags = (expires ? EXPIRES : 0) | (hasCost ? COST : 0) | (isExact ? EXACT : 0);
  const length = value.byteLength;
  const record = allot(length + tailBytes[flags]!);
  record.set(value, 0);
  let at = writeTime(record, flags, length, storedAt);
  if (expires) at = writeTime(record, flags, at, expiresAt);
  if (hasCost) record.writeDoubleLE(cost, at);
  seal(seed, key, record, length, flags);
  return record;
}

/** The record that stands among the keys in the place of one whose value lies elsewhere. */
export function encodeHead(seed: number, key: string, record: Buffer): Buffer {
  const flags = flagsOf(record);
  const length = record.length - tailBytes[flags]!;
  const about = record.subarray(length, record.length - END_BYTES);
  const head = Buffer.allocUnsafe(tailBytes[flags | LARGE]!);
  head.set(about, 0);
  head.writeUInt32LE(length, about.length);
  seal(seed, key, head, 0, flags | LARGE);
  return head;
}

/** Writes the end of a record, of which all else is there. @param length of the value in it */
function seal(seed: number, key: string, record: Buffer, length: number, flags: number): void {
  record[record.length - 1] = FORMAT | flags;
  const sum = checksum(seed, key, record, length);
  record.writeInt32LE(sum, record.length - END_BYTES);
}

/** Of all but the checksum itself. @param length of the value */
function checksum(seed: number, key: string, record: Buffer, length: number): number {
  const end = record.length - END_BYTES;
  let sum = mixWord(mixText(seed, key), record[record.length - 1]!);
  let at = length;
  for (; at + 4 <= end; at += 4) sum = mixWord(sum, record.readInt32LE(at));
  for (; at < end; at += 1) sum = mixWord(sum, record[at]!);
  sum = mixWord(sum, length);
  return length === 0 ? sum : mixBytes(sum, record.subarray(0, length));
}

/** Whether the value of a record lies in the row of large values. */
export function isLarge(record: Uint8Array): boolean {
  const flags = flagsOf(record);
  return (flags & LARGE) > 0 && isOfFormat(record) && record.length === tailBytes[flags];
}

/** What a record says of its entry; undefined when it is not as it was written. */
export function decodeHead(
  seed: number,
  key: string,
  record: Uint8Array,
): StoredRecord | undefined {
  const bytes = asBuffer(record);
  const length = soundLength(seed, key, bytes);
  if (length === undefined) return undefined;
  const lengthAt = bytes.length - END_BYTES - LENGTH_BYTES;
  return {
    key,
    bytes: isLarge(bytes) ? bytes.readUInt32LE(lengthAt) : length,
    storedAt: storedAtOf(bytes, length),
    expiresAt: expiresAtOf(bytes, length),
    cost: costOf(bytes, length),
  };
}

/** The entry of a record; undefined when it is not as it was written, or its value is lost. */
export function decodeRecord(
  seed: number,
  key: string,
  record: Uint8Array,
): StoredEntry | undefined {
  const bytes = asBuffer(record);
  const length = soundLength(seed, key, bytes);
  if (length === undefined || isLarge(bytes)) return undefined;
  return {
    value: length === 0 ? noBytes : bytes.subarray(0, length),
    storedAt: storedAtOf(bytes, length),
    expiresAt: expiresAtOf(bytes, length),
    cost: costOf(bytes, length),
  };
}

/** @returns the length of the value in a record; undefined when it is not as it was written */
function soundLength(seed: number, key: string, record: Buffer): number | undefined {
  const length = record.length - tailBytes[flagsOf(record)]!;
  if (length < 0 || !isOfFormat(record)) return undefined;
  const sum = record.readInt32LE(record.length - END_BYTES);
  return checksum(seed, key, record, length) === sum ? length : undefined;
}

function lastByte(record: Uint8Array): number {
  return record.length === 0 ? 0 : record[record.length - 1]!;
}

function isOfFormat(record: Uint8Array): boolean {
  return (lastByte(record) & 0xf0) === FORMAT;
}

function flagsOf(record: Uint8Array): number {
  return lastByte(record) & 0x0f;
}

function isShort(time: number): boolean {
  const since = time - EPOCH;
  return since >= 0 && since < SHORT_TIMES && Number.isInteger(since);
}

function timeBytes(flags: number): number {
  return flags & EXACT ? F64_BYTES : SHORT_TIME_BYTES;
}

/** @returns where the next begins */
function writeTime(record: Buffer, flags: number, at: number, time: number): number {
  return flags & EXACT
    ? record.writeDoubleLE(time, at)
    : record.writeUIntLE(time - EPOCH, at, SHORT_TIME_BYTES);
}

function timeAt(record: Buffer, at: number): number {
  return flagsOf(record) & EXACT
    ? record.readDoubleLE(at)
    : EPOCH + record.readUIntLE(at, SHORT_TIME_BYTES);
}

function storedAtOf(record: Buffer, length: number): number {
  return timeAt(record, length);
}

function expiresAtOf(record: Buffer, length: number): number | undefined {
  const flags = flagsOf(record);
  return flags & EXPIRES ? timeAt(record, length + timeBytes(flags)) : undefined;
}

function costOf(record: Buffer, length: number): number | undefined {
  const flags = flagsOf(record);
  if ((flags & COST) === 0) return undefined;
  return record.readDoubleLE(length + timeBytes(flags) * (flags & EXPIRES ? 2 : 1));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import { crc32 } from "node:zlib";
import { ByteReader } from "../byte-reader.ts";
import { ByteWriter } from "../byte-writer.ts";
import type { TableOutline } from "./mended-table.ts";

/*
 * A seal's file, little-endian:
 *
 *    0  u32  magic, with the version of the format in its last byte
 *    4  u32  CRC-32 of the head, seeded with the magic
 *    8  u32  length of the head
 *   12       the head: all that is asked for when a database is opened
 *            the details, which are read where something is damaged
 */

/** "ccS" and the version of the format. */
const MAGIC: number = 0x63 | (0x63 << 8) | (0x53 << 16) | (3 << 24);
const HEAD_OFFSET = 12;

/** Bytes that are read at first: as many as most heads have. */
const FIRST_BYTES: number = 64 * 1024;

/** Reads a part of a seal; shorter where the seal is. */
export type ReadPart = (offset: number, length: number) => Buffer;

/** Reads what stands among the details; undefined when that is damaged. */
type Details = () => Uint8Array | undefined;

/** A file as it was when the database was closed. */
export interface SealedFile {
  readonly name: string;
  readonly size: number;
  /** CRC-32 of its bytes. */
  readonly sum: number;
  /** What mends it: as `encodeTableDetails` makes them, of a log as `encodeBatches` does. */
  readonly details: Details;
}

/** What mends a table. */
export interface TableDetails extends TableOutline {
  /** SHA-256 of its bytes. */
  readonly digest: Uint8Array;
}

/** A row whose loss would cost more than an entry, all of it. */
export interface SealedRow {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A short file, all of it: the database does not open without it. */
interface SealedCopy {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A record of a log, and what it is to be replaced by when it is lost. */
export interface SealedBatch {
  readonly length: number;
  readonly sum: number;
  /** What stands in its place when it is lost. */
  readonly lost: Uint8Array;
  /** Tells which of its changes are not. */
  readonly changes: Uint8Array;
}

/**
 * What a database that was closed in order looks like from outside. LevelDB ends its log at the first
 * record that is not whole, and takes a shorter one for all there is: what has been cut off, only
 * somebody else can know.
 */
export interface Seal {
  readonly current: SealedCopy;
  readonly manifest: SealedCopy;
  readonly logs: readonly SealedFile[];
  /** LevelDB never changes one. The newest, as many as can be looked at before the database is opened. */
  readonly tables: readonly SealedFile[];
  readonly rows: readonly SealedRow[];
}

/** Files whose details are damaged are left out: without them they cannot be mended. */
export function encodeSeal({ current, manifest, logs, tables, rows }: Seal): Buffer {
  const writer = new ByteWriter();
  const details: Uint8Array[] = [];
  let detailsLength = 0;
  for (const { name, bytes } of [current, manifest]) {
    writer.text(name);
    writer.bytes(bytes);
  }
  for (const files of [logs, tables]) {
    const known = files.flatMap((file) => {
      const bytes = file.details();
      return bytes === undefined ? [] : [{ ...file, bytes }];
    });
    writer.u32(known.length);
    for (const { name, size, sum, bytes } of known) {
      writer.text(name);
      writer.f64(size);
      writer.u32(sum);
      writer.u32(detailsLength);
      writer.u32(bytes.byteLength);
      writer.u32(crc32(bytes));
      details.push(bytes);
      detailsLength += bytes.byteLength;
    }
  }
  writer.u32(rows.length);
  for (const { key, value } of rows) {
    writer.text(key);
    writer.bytes(value);
  }
  const head = Buffer.concat(writer.parts());
  const start = Buffer.alloc(HEAD_OFFSET);
  start.writeUInt32LE(MAGIC, 0);
  start.writeUInt32LE(crc32(head, MAGIC >>> 0), 4);
  start.writeUInt32LE(head.length, 8);
  return Buffer.concat([start, head, ...details]);
}

/** @returns undefined when its head is not what was written, or of another version */
export function decodeSeal(readPart: ReadPart): Seal | undefined {
  const first = readPart(0, FIRST_BYTES);
  if (first.length < HEAD_OFFSET || first.readInt32LE(0) !== MAGIC) return undefined;
  const length = first.readUInt32LE(8);
  const end = HEAD_OFFSET + length;
  const head =
    end <= first.length ? first.subarray(HEAD_OFFSET, end) : readPart(HEAD_OFFSET, length);
  if (head.length < length || crc32(head, MAGIC >>> 0) !== first.readUInt32LE(4)) return undefined;
  const reader = new ByteReader(head);
  const copy = (): SealedCopy => ({ name: reader.text(), bytes: reader.bytes() });
  const details = (): Details => {
    const [offset, size, sum] = [end + reader.u32(), reader.u32(), reader.u32()];
    return () => {
      const bytes = readPart(offset, size);
      return bytes.length === size && crc32(bytes) === sum ? bytes : undefined;
    };
  };
  const file = (): SealedFile => ({
    name: reader.text(),
    size: reader.f64(),
    sum: reader.u32(),
    details: details(),
  });
  return {
    current: copy(),
    manifest: copy(),
    logs: reader.list(file),
    tables: reader.list(file),
    rows: reader.list(() => ({ key: reader.text(), value: reader.bytes() })),
  };
}

export function encodeTableDetails({ digest, index, rows }: TableDetails): Uint8Array {
  const writer = new ByteWriter();
  for (const bytes of [digest, index, rows]) writer.bytes(bytes);
  return Buffer.concat(writer.parts());
}

export function decodeTableDetails(bytes: Uint8Array): TableDetails {
  const reader = new ByteReader(Buffer.from(bytes));
  return { digest: reader.bytes(), index: reader.bytes(), rows: reader.bytes() };
}

export function encodeBatches(batches: readonly SealedBatch[]): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(batches.length);
  for (const { length, sum, lost, changes } of batches) {
    writer.u32(length);
    writer.u32(sum);
    writer.bytes(lost);
    writer.bytes(changes);
  }
  return Buffer.concat(writer.parts());
}

export function decodeBatches(bytes: Uint8Array): SealedBatch[] {
  const reader = new ByteReader(Buffer.from(bytes));
  return reader.list(() => ({
    length: reader.u32(),
    sum: reader.u32(),
    lost: reader.bytes(),
    changes: reader.bytes(),
  }));
}

import { crc32 } from "node:zlib";
import { ByteReader } from "../byte-reader.ts";
import { ByteWriter } from "../byte-writer.ts";
import type { TableOutline } from "./mended-table.ts";

/** "ccS" and the version of the format. */
const MAGIC: number = 0x63 | (0x63 << 8) | (0x53 << 16) | (1 << 24);

/** A file as it was when the database was closed. */
export interface SealedFile {
  readonly name: string;
  readonly size: number;
  /** CRC-32 of its bytes. */
  readonly sum: number;
}

/** A table, which LevelDB never changes. */
export interface SealedTable extends SealedFile, TableOutline {
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

/** A log, and what each of its records is to be replaced by when it is lost. */
export interface SealedLog extends SealedFile {
  /** As `encodeBatches` makes it: read only when the log is damaged. */
  readonly batches: Uint8Array;
}

/** A record of a log. */
export interface SealedBatch {
  readonly length: number;
  readonly sum: number;
  /** What stands in its place when it is lost. */
  readonly lost: Uint8Array;
}

/**
 * What a database that was closed in order looks like from outside. LevelDB ends its log at the first
 * record that is not whole, and takes a shorter one for all there is: what has been cut off, only
 * somebody else can know.
 */
export interface Seal {
  readonly current: SealedCopy;
  readonly manifest: SealedCopy;
  readonly logs: readonly SealedLog[];
  /** The newest, as many as can be looked at before the database is opened. */
  readonly tables: readonly SealedTable[];
  readonly rows: readonly SealedRow[];
}

export function encodeSeal({ current, manifest, logs, tables, rows }: Seal): Buffer {
  const writer = new ByteWriter();
  for (const { name, bytes } of [current, manifest]) {
    writer.text(name);
    writer.bytes(bytes);
  }
  const file = ({ name, size, sum }: SealedFile): void => {
    writer.text(name);
    writer.f64(size);
    writer.u32(sum);
  };
  writer.u32(logs.length);
  for (const log of logs) {
    file(log);
    writer.bytes(log.batches);
  }
  writer.u32(tables.length);
  for (const table of tables) {
    file(table);
    writer.bytes(table.digest);
    writer.bytes(table.index);
    writer.bytes(table.rows);
  }
  writer.u32(rows.length);
  for (const { key, value } of rows) {
    writer.text(key);
    writer.bytes(value);
  }
  const body = Buffer.concat(writer.parts());
  const head = Buffer.alloc(8);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(crc32(body, MAGIC >>> 0), 4);
  return Buffer.concat([head, body]);
}

/** @returns undefined when the bytes are not what was written, or of another version */
export function decodeSeal(bytes: Buffer): Seal | undefined {
  if (bytes.length < 8 || bytes.readInt32LE(0) !== MAGIC) return undefined;
  const body = bytes.subarray(8);
  if (crc32(body, MAGIC >>> 0) !== bytes.readUInt32LE(4)) return undefined;
  const reader = new ByteReader(body);
  const copy = (): SealedCopy => ({ name: reader.text(), bytes: reader.bytes() });
  const file = (): SealedFile => ({ name: reader.text(), size: reader.f64(), sum: reader.u32() });
  return {
    current: copy(),
    manifest: copy(),
    logs: reader.list(() => ({ ...file(), batches: reader.bytes() })),
    tables: reader.list(() => ({
      ...file(),
      digest: reader.bytes(),
      index: reader.bytes(),
      rows: reader.bytes(),
    })),
    rows: reader.list(() => ({ key: reader.text(), value: reader.bytes() })),
  };
}

export function encodeBatches(batches: readonly SealedBatch[]): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(batches.length);
  for (const { length, sum, lost } of batches) {
    writer.u32(length);
    writer.u32(sum);
    writer.bytes(lost);
  }
  return Buffer.concat(writer.parts());
}

export function decodeBatches(bytes: Uint8Array): SealedBatch[] {
  const reader = new ByteReader(Buffer.from(bytes));
  return reader.list(() => ({ length: reader.u32(), sum: reader.u32(), lost: reader.bytes() }));
}

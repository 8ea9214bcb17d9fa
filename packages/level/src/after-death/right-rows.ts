import { rowsOfLog } from "../engine-files/log-file.ts";
import { VarintReader } from "../engine-files/varint.ts";
import type { Place } from "../catalog.ts";
import { isSoundPlace, placeIn } from "../catalog.ts";
import { decodeHead } from "../record.ts";
import { isEntryRow, keyOfEntryRow, spaceOfEntryRow } from "../row-keys.ts";

/** Whether a row may be what was written. @param value undefined: it was deleted */
export type IsRightRow = (row: Buffer, value: Buffer | undefined) => boolean;

/** A batch begins with the number of its first change (8 bytes) and how many there are (4). */
const HEAD_BYTES = 12;
const PUT = 1;
const DELETE = 0;

/**
 * Tells rows that were written from what damage has made of them. An entry's checksum covers its key, but
 * takes the name of its mapping, which other rows tell.
 *
 * @param rows names of mappings, with others or without
 */
export function rightRows(rows: Iterable<{ readonly value: Uint8Array | undefined }>): IsRightRow {
  const places = new Map<string, Place>();
  for (const { value } of rows) {
    const place = value && placeIn(Buffer.from(value));
    if (place !== undefined) places.set(place.space, place);
  }
  return (row, value) => {
    // Of what was deleted there is nothing but its key; without bytes is what was known to be lost before.
    if (value === undefined || value.length === 0) return true;
    const text = row.toString();
    if (!isEntryRow(row)) return !text.startsWith("i") || isSoundPlace(text, value);
    const place = places.get(spaceOfEntryRow(text));
    // Where no name is known at all, nothing tells.
    if (place === undefined) return places.size === 0;
    return decodeHead(place.seed, keyOfEntryRow(text), value) !== undefined;
  };
}

/** The rows of logs that may name mappings. */
export function* namesInLogs(logs: Iterable<Buffer>): Iterable<{ value: Buffer | undefined }> {
  for (const log of logs) {
    for (const row of rowsOfLog(log)) if (!isEntryRow(row.key)) yield row;
  }
}

/** Whether a batch of changes is one, and each of its rows may be what was written. */
export function isRightBatch(batch: Buffer, isRight: IsRightRow): boolean {
  if (batch.length < HEAD_BYTES) return false;
  const reader = new VarintReader(batch, HEAD_BYTES);
  let changes = 0;
  for (; !reader.isAtEnd; changes += 1) {
    const kind = reader.bytes(1)?.[0];
    const row = reader.bytes();
    const value = kind === PUT ? reader.bytes() : undefined;
    if (row === undefined || (kind === PUT ? value === undefined : kind !== DELETE)) return false;
    if (!isRight(row, value)) return false;
  }
  return changes === batch.readUInt32LE(8);
}

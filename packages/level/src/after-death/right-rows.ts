import { rowsOfLog } from "../engine-files/log-file.ts";
import { VarintReader } from "../engine-files/varint.ts";
import type { Place } from "../catalog.ts";
import { isSoundPlace, placeIn } from "../catalog.ts";
import { decodeHead } from "../record.ts";
import { isEntryRow, keyOfEntryRow, spaceOfEntryRow, spaceOfGarbageRow } from "../row-keys.ts";

/**
 * Whether a row may be what was written.
 *
 * @param value undefined: it was deleted
 * @param isInOrder whether its key stands where it belongs, among others: a name that damage has made would not
 */
export type IsRightRow = (row: Buffer, value: Buffer | undefined, isInOrder?: boolean) => boolean;

/** A row that may name a mapping, or a space that is garbage. */
export interface NamingRow {
  readonly key: Buffer | string;
  readonly value: Uint8Array | undefined;
}

/** A batch begins with the number of its first change (8 bytes) and how many there are (4). */
const HEAD_BYTES = 12;
const PUT = 1;
const DELETE = 0;

/**
 * Tells rows that were written from what damage has made of them. An entry's checksum covers its key, but
 * takes the name of its mapping, which other rows tell.
 *
 * @param rows names of mappings and of spaces that are garbage, with others or without. What a batch names itself
 * is taken from it.
 */
export function rightRows(rows: Iterable<NamingRow>): IsRightRow {
  const places = new Map<string, Place>();
  const garbage = new Set<string>();
  const learn = ({ key, value }: NamingRow): void => {
    const place = value && placeIn(Buffer.from(value));
    if (place !== undefined) places.set(place.space, place);
    const space = spaceOfGarbageRow(key.toString());
    if (space !== undefined) garbage.add(space);
  };
  for (const row of rows) learn(row);
  return (row, value, isInOrder = false) => {
    // Of what was deleted there is nothing but its key; without bytes is what was known to be lost before.
    if (value === undefined || value.length === 0) return true;
    const text = row.toString();
    if (!isEntryRow(row)) {
      if (!text.startsWith("i")) return true;
      const isSound = isSoundPlace(text, value);
      if (isSound) learn({ key: row, value });
      return isSound;
    }
    const space = spaceOfEntryRow(text);
    const place = places.get(space);
    // Where no name is known at all, nothing tells; and nothing has to of a space that is gone. Tables may have rows
    // of one of which nothing else tells any more.
    if (place === undefined) return isInOrder || places.size === 0 || garbage.has(space);
    return decodeHead(place.seed, keyOfEntryRow(text), value) !== undefined;
  };
}

/** The rows of logs that may name mappings and spaces. */
export function* namesInLogs(logs: Iterable<Buffer>): Iterable<NamingRow> {
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

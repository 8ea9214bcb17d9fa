import { crc32 } from "node:zlib";
import type { ListedTable } from "../engine-files/live-files.ts";
import {
  blockOf,
  endsOf,
  entriesOf,
  handle,
  MARK_BYTES,
  soundBlock,
} from "../engine-files/table-file.ts";
import { VarintReader } from "../engine-files/varint.ts";
import type { IndexEntry } from "./table-with-blocks.ts";
import { newBlock, withBlocks } from "./table-with-blocks.ts";

/** Rows that were in one block of a table. */
export interface LostRows {
  /** Keys between which they lie, both inclusive. */
  readonly first: Buffer;
  readonly last: Buffer;
  /** The CRC-32 of the key of each. */
  readonly sums: ReadonlySet<number>;
}

/** What has to be known of a table to mend it. */
export interface TableOutline {
  /** The content of its index. */
  readonly index: Uint8Array;
  /** For each block the CRC-32 of the key of each row: their number, then as many, of 4 bytes each. */
  readonly rows: Uint8Array;
}

const DELETED = 0;

/** The row's key in one of LevelDB's. */
function rowOf(key: Buffer): Buffer {
  return key.subarray(0, key.length - MARK_BYTES);
}

/**
 * @param size what LevelDB's list has: a table that was mended has blocks behind its end
 * @returns undefined when the table is not whole
 */
export function outlineOf(table: Buffer, size?: number): TableOutline | undefined {
  const place = endsOf(table, size)?.[1];
  const index = place && blockOf(table, place);
  if (index === undefined) return undefined;
  const numbers = indexEntries(index).flatMap((block) => {
    const sums = Array.from(entriesOf(blockOf(table, block.place)), ({ key }) => crc32(rowOf(key)));
    return [sums.length, ...sums];
  });
  return { index, rows: new Uint8Array(Uint32Array.from(numbers).buffer) };
}

function indexEntries(index: Buffer): IndexEntry[] {
  return Array.from(entriesOf(index), ({ key, value }) => ({
    key,
    place: handle(new VarintReader(value)) ?? { offset: 0, length: 0 },
  }));
}

/**
 * Keeps every block of a table that is whole. In the place of the others there is nothing.
 *
 * @param found what there is of it
 * @param size of the file, as it was
 * @param listed what LevelDB's list has of it
 * @returns the table, and which rows are lost
 */
export function mendedTable(
  found: Buffer,
  size: number,
  { index, rows }: TableOutline,
  listed: ListedTable,
): { content: Buffer; lost: LostRows[] } {
  const lost: LostRows[] = [];
  const numbers = new Uint32Array(rows.slice().buffer);
  let at = 0;
  let first = rowOf(listed.first);
  const replaced = (entry: IndexEntry): Buffer | undefined => {
    const start = at + 1;
    at = start + numbers[at]!;
    const last = rowOf(entry.key);
    const block = { first, last, sums: new Set(numbers.subarray(start, at)) };
    first = last;
    if (soundBlock(found, entry.place) !== undefined) return undefined;
    lost.push(block);
    return newBlock([[deletion(entry.key), Buffer.alloc(0)]]);
  };
  const table = Buffer.alloc(size);
  table.set(found.subarray(0, size));
  return {
    content: withBlocks(table, indexEntries(Buffer.from(index)), replaced, listed.size),
    lost,
  };
}

/** A key that says that there is no row of its name. */
function deletion(key: Buffer): Buffer {
  const tail = Buffer.from(key.subarray(key.length - MARK_BYTES));
  // Not a row's key but one that LevelDB has made up: of the last number that there could ever be.
  if (tail.subarray(1).every((byte) => byte === 0xff)) tail.fill(0);
  tail[0] = DELETED;
  return Buffer.concat([rowOf(key), tail]);
}

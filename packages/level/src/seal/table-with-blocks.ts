import { maskedChecksum } from "../engine-files/crc32c.ts";
import type { Handle } from "../engine-files/table-file.ts";
import { footerOf, handleBytes, TRAILER_BYTES, FOOTER_BYTES } from "../engine-files/table-file.ts";
import { varint } from "../engine-files/varint.ts";

/** One block of rows in the index of a table. */
export interface IndexEntry {
  /** No key of the block is behind it. As all keys in tables: a row's key and a mark. */
  readonly key: Buffer;
  readonly place: Handle;
}

/**
 * A table of which some blocks are others now. Its footer stays where it was, since the manifest tells
 * the table's size; what is new lies behind it. A filter, which only saves time, is left out.
 *
 * @param table with what it has behind its footer
 * @param replacedBy the content of a block that takes the place of one, or undefined
 * @param size the original one: its footer ends there
 */
export function withBlocks(
  table: Buffer,
  index: readonly IndexEntry[],
  replacedBy: (entry: IndexEntry) => Buffer | undefined,
  size: number = table.length,
): Buffer {
  const parts: Uint8Array[] = [];
  let end = table.length;
  const add = (content: Buffer): Buffer => {
    // Not compressed.
    const block = Buffer.concat([content, Buffer.alloc(TRAILER_BYTES)]);
    const sum = maskedChecksum(block.subarray(0, content.length + 1));
    block.writeUInt32LE(sum, content.length + 1);
    parts.push(block);
    end += block.length;
    return handleBytes({ offset: end - block.length, length: content.length });
  };
  const places = index.map((entry): [Buffer, Buffer] => {
    const block = replacedBy(entry);
    return [entry.key, block === undefined ? handleBytes(entry.place) : add(block)];
  });
  const newIndex = add(newBlock(places));
  const footer = footerOf(add(newBlock([])), newIndex);
  return Buffer.concat([
    table.subarray(0, size - FOOTER_BYTES),
    footer,
    table.subarray(size),
    ...parts,
  ]);
}

/** The content of a block of these entries, which can be read from each of them. */
export function newBlock(entries: readonly (readonly [key: Buffer, value: Buffer])[]): Buffer {
  const starts: number[] = [];
  const parts: Buffer[] = [];
  let end = 0;
  for (const [key, value] of entries) {
    starts.push(end);
    const entry = Buffer.concat([varint(0), varint(key.length), varint(value.length), key, value]);
    parts.push(entry);
    end += entry.length;
  }
  // There is always one at least.
  if (starts.length === 0) starts.push(0);
  const tail = Buffer.alloc(4 * starts.length + 4);
  for (const [number, start] of starts.entries()) tail.writeUInt32LE(start, 4 * number);
  tail.writeUInt32LE(starts.length, 4 * starts.length);
  return Buffer.concat([...parts, tail]);
}

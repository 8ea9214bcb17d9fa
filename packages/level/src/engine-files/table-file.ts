import { maskedChecksum } from "./crc32c.ts";
import type { FileDamage } from "./file-damage.ts";
import { uncompress } from "./snappy.ts";
import type { StoredRow } from "./stored-row.ts";
import { varint, VarintReader } from "./varint.ts";

export const FOOTER_BYTES = 48;
export const MAGIC: Buffer = Buffer.from("57fb808b247547db", "hex");
/** Behind each block: how it is compressed, and its checksum. */
export const TRAILER_BYTES = 5;
const SNAPPY = 1;
/** A block has one row more than fits into 4 KiB, which may be as long as rows get. */
const LONGEST_BLOCK: number = 2 ** 31 - 1;
/** Times that Snappy makes anything smaller, at most: 64 bytes become 3. */
const MOST_GAIN = 24;
/** Behind each key: its sequence number, and whether it is there or deleted. */
export const MARK_BYTES = 8;
const VALUE_MARK = 1n;

export interface Handle {
  readonly offset: number;
  readonly length: number;
}

/**
 * Looks at every block of one of LevelDB's tables by its checksum.
 *
 * @param size what LevelDB's list has: a table that was mended has blocks behind its end
 */
export function inspectTable(file: Buffer, size: number = sizeOfTable(file)): FileDamage[] {
  const ends = endsOf(file, size);
  const footer = Math.max(0, Math.min(size, file.length) - FOOTER_BYTES);
  if (ends === undefined) return [{ offset: footer, problem: "This is no end of a table." }];
  const damages: FileDamage[] = [];
  const [directory, index] = ends;
  const isAsWritten =
    directory &&
    index &&
    file.subarray(footer, size).equals(footerOf(handleBytes(directory), handleBytes(index)));
  if (isAsWritten !== true) {
    damages.push({ offset: footer, problem: "The end of the table is damaged." });
  }
  const check = (place: Handle | undefined, otherwise: number): Buffer | undefined => {
    const block = place && soundBlock(file, place);
    if (block === undefined) {
      const problem = "A block of the table is damaged.";
      damages.push({ offset: place?.offset ?? otherwise, problem });
    }
    return block;
  };
  for (const place of ends) {
    const index = check(place, footer);
    for (const { value } of entriesOf(index)) {
      check(handle(new VarintReader(value)), place!.offset);
    }
  }
  return damages;
}

/**
 * The rows of a table, as far as they can be read. Those of a damaged block may be wrong.
 *
 * @param tellsItself whether a row of a damaged block can be told by itself to be right or wrong
 * @param size what LevelDB's list has: a table that was mended has blocks behind its end
 */
export function* rowsOfTable(
  file: Buffer,
  tellsItself: (key: Buffer, value: Buffer) => boolean,
  size: number = sizeOfTable(file),
): Iterable<StoredRow> {
  const index = endsOf(file, size)?.[1];
  for (const { value: place } of entriesOf(index && blockOf(file, index))) {
    const at = handle(new VarintReader(place));
    const sound = at && soundBlock(file, at);
    for (const { key, value } of entriesOf(sound ?? (at && blockOf(file, at)))) {
      if (key.length < MARK_BYTES) continue;
      const row = key.subarray(0, -MARK_BYTES);
      if (sound === undefined && !tellsItself(row, value)) continue;
      const mark = key.readBigUInt64LE(key.length - MARK_BYTES);
      const isThere = (mark & 0xffn) === VALUE_MARK;
      yield { key: row, sequence: mark >> 8n, value: isThere ? value : undefined };
    }
  }
}

/**
 * @param size of the table, which ends there
 * @returns where the directory of what belongs to the table is, and where the index of its rows
 */
export function endsOf(
  file: Buffer,
  size: number = file.length,
): (Handle | undefined)[] | undefined {
  const [footer, magic] = [size - FOOTER_BYTES, size - MAGIC.length];
  if (footer < 0 || !file.subarray(magic, size).equals(MAGIC)) return undefined;
  const reader = new VarintReader(file.subarray(footer, magic));
  return [handle(reader), handle(reader)];
}

/** The size of a table of which no list tells, by the last thing in it that is an end with a sound index. */
function sizeOfTable(file: Buffer): number {
  for (let rest = file; ;) {
    const at = rest.lastIndexOf(MAGIC);
    if (at < 0) return file.length;
    const size = at + MAGIC.length;
    const index = endsOf(file, size)?.[1];
    if (index !== undefined && soundBlock(file, index) !== undefined) return size;
    rest = file.subarray(0, size - 1);
  }
}

/** @returns the block uncompressed; undefined: damaged */
export function soundBlock(file: Buffer, place: Handle): Buffer | undefined {
  const end = place.offset + place.length;
  if (end + TRAILER_BYTES > file.length) return undefined;
  const checksum = maskedChecksum(file.subarray(place.offset, end + 1));
  return checksum === file.readUInt32LE(end + 1) ? blockOf(file, place) : undefined;
}

export function blockOf(file: Buffer, { offset, length }: Handle): Buffer | undefined {
  const end = offset + length;
  const block = file.subarray(offset, end);
  return file[end] === SNAPPY
    ? uncompress(block, Math.min(LONGEST_BLOCK, length * MOST_GAIN))
    : block;
}

interface BlockEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  /** Bytes of the block that it takes. */
  readonly length: number;
}

/** Each key is told by what it shares with the one before. */
export function* entriesOf(block: Buffer | undefined): Iterable<BlockEntry> {
  if (block === undefined || block.length < 4) return;
  const restarts = block.readUInt32LE(block.length - 4);
  const reader = new VarintReader(block.subarray(0, Math.max(0, block.length - 4 - 4 * restarts)));
  let key: Buffer = Buffer.alloc(0);
  while (!reader.isAtEnd) {
    const start = reader.at;
    const [shared, own, length] = [reader.next(), reader.next(), reader.next()];
    const rest = reader.bytes(own ?? Infinity);
    const value = reader.bytes(length ?? Infinity);
    if (shared === undefined || rest === undefined || value === undefined) return;
    key = Buffer.concat([key.subarray(0, shared), rest]);
    yield { key, value, length: reader.at - start };
  }
}

/** Whether all of a block is entries that pass a test. */
export function isWholeBlock(
  block: Buffer | undefined,
  isRight: (key: Buffer, value: Buffer) => boolean,
): boolean {
  if (block === undefined || block.length < 4) return false;
  let bytes = 4 + 4 * block.readUInt32LE(block.length - 4);
  for (const { key, value, length } of entriesOf(block)) {
    if (!isRight(key, value)) return false;
    bytes += length;
  }
  return bytes === block.length;
}

export function handle(reader: VarintReader): Handle | undefined {
  const offset = reader.next();
  const length = reader.next();
  return offset === undefined || length === undefined ? undefined : { offset, length };
}

export function handleBytes({ offset, length }: Handle): Buffer {
  return Buffer.concat([varint(offset), varint(length)]);
}

/** The end of a table: the handle of its directory, and that of its index. */
export function footerOf(directory: Buffer, index: Buffer): Buffer {
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.set(Buffer.concat([directory, index]));
  footer.set(MAGIC, FOOTER_BYTES - MAGIC.length);
  return footer;
}

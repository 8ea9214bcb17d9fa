import { maskedChecksum } from "../engine-files/crc32c.ts";
import { LOG_BLOCK_BYTES, PART_HEADER_BYTES } from "../engine-files/log-file.ts";

/*
 * LevelDB's log, as its document log_format.md has it: blocks of 32 KiB hold the parts of records, none
 * of which crosses a block's end. A part is its checksum (4 bytes), its length (2), its kind (1), its
 * bytes. What is left of a block and is too short for a part's head is zeros.
 */

const kind = { full: 1, first: 2, middle: 3, last: 4 } as const;

/** Where a part of a record lies: its head begins at `at`. */
interface Part {
  readonly at: number;
  readonly length: number;
}

/** The parts of a record of so many bytes, which the place where it begins decides. */
function partsOf(start: number, length: number): Part[] {
  const parts: Part[] = [];
  let at = start;
  let left = length;
  do {
    const room = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES);
    if (room < PART_HEADER_BYTES) at += room;
    const most = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES) - PART_HEADER_BYTES;
    const part = { at, length: Math.min(left, most) };
    parts.push(part);
    left -= part.length;
    at += PART_HEADER_BYTES + part.length;
  } while (left > 0);
  return parts;
}

/** Where the next record may begin. */
function endOf(parts: readonly Part[]): number {
  const { at, length } = parts.at(-1)!;
  return at + PART_HEADER_BYTES + length;
}

/**
 * What stands in a log, damaged or not, where records of these lengths were written: the heads of
 * their parts are not needed. Undefined for one behind the log's end.
 */
export function recordsAt(log: Buffer, lengths: readonly number[]): (Buffer | undefined)[] {
  let at = 0;
  return lengths.map((length) => {
    const parts = partsOf(at, length);
    at = endOf(parts);
    if (at > log.length) return undefined;
    return Buffer.concat(
      parts.map((part) =>
        log.subarray(part.at + PART_HEADER_BYTES, part.at + PART_HEADER_BYTES + part.length),
      ),
    );
  });
}

/** A log of these records. */
export function logOf(records: readonly Uint8Array[]): Buffer {
  let end = 0;
  const places = records.map((record) => {
    const parts = partsOf(end, record.length);
    end = endOf(parts);
    return parts;
  });
  const log = Buffer.alloc(end);
  for (const [index, record] of records.entries()) {
    let from = 0;
    const parts = places[index]!;
    for (const [number, { at, length }] of parts.entries()) {
      const isFirst = number === 0;
      const isLast = number === parts.length - 1;
      log.set(record.subarray(from, from + length), at + PART_HEADER_BYTES);
      log[at + 6] = isFirst ? (isLast ? kind.full : kind.first) : isLast ? kind.last : kind.middle;
      log.writeUInt16LE(length, at + 4);
      log.writeUInt32LE(maskedChecksum(log.subarray(at + 6, at + PART_HEADER_BYTES + length)), at);
      from += length;
    }
  }
  return log;
}

import { maskedChecksum } from "../engine-files/crc32c.ts";
import { LOG_BLOCK_BYTES, PART_HEADER_BYTES } from "../engine-files/log-file.ts";
import { mendChecked } from "../engine-files/mend-checked.ts";

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
 * their parts are not needed. Of one behind the log's end it is what there is.
 *
 * @param isWhole tells of a record, by its number, whether it is as it was written; one that is not is read with
 * the one bit put right that is wrong in a part of it
 */
export function recordsAt(
  log: Buffer,
  lengths: readonly number[],
  isWhole: (record: Buffer, number: number) => boolean = () => true,
): Buffer[] {
  let at = 0;
  return lengths.map((length, number) => {
    const parts = partsOf(at, length);
    at = endOf(parts);
    const record = recordOf(log, parts);
    if (isWhole(record, number) || at > log.length) return record;
    return withBitsPutRight(log, parts) ?? record;
  });
}

function recordOf(log: Buffer, parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map(({ at, length }) =>
      log.subarray(at + PART_HEADER_BYTES, at + PART_HEADER_BYTES + length),
    ),
  );
}

/** @returns undefined when more is wrong with a part than one bit */
function withBitsPutRight(log: Buffer, parts: readonly Part[]): Buffer | undefined {
  const contents: Buffer[] = [];
  for (const { at, length } of parts) {
    const part = Buffer.from(log.subarray(at, at + PART_HEADER_BYTES + length));
    if (mendChecked(part.subarray(6), part.subarray(0, 4)) === "damaged") return undefined;
    contents.push(part.subarray(PART_HEADER_BYTES));
  }
  return Buffer.concat(contents);
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

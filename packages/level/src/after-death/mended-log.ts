import { maskedChecksum } from "../engine-files/crc32c.ts";
import {
  BATCH_HEADER_BYTES,
  FIRST,
  isCutPart,
  LAST,
  LOG_BLOCK_BYTES,
  PART_HEADER_BYTES,
  WHOLE,
} from "../engine-files/log-file.ts";
import type { Checked } from "../engine-files/mend-checked.ts";
import { mendChecked } from "../engine-files/mend-checked.ts";

/** In the header of a part. */
const LENGTH_AT = 4;
const KIND_AT = 6;

/** One of LevelDB's logs in which each flipped bit is put right that stands alone in its part. */
export interface MendedLog {
  readonly content: Buffer;
  readonly isChanged: boolean;
  /**
   * Whether it has something else than whole parts before what may be one that is cut short at its end, or
   * batches that do not follow one another: LevelDB ends the process where it finds one twice.
   */
  readonly isDamaged: boolean;
  /** Where its whole parts end: what a damaged length tells of may look as if it was cut short. */
  readonly end: number;
}

/**
 * @param holdsBatches whether its records are batches of changes, as those of the list of tables are not
 * @param isRight whether a record in which a bit was put right may be what it was
 */
export function mendedLog(
  found: Buffer,
  holdsBatches: boolean,
  isRight: (record: Buffer) => boolean = () => true,
): MendedLog {
  const content = Buffer.from(found);
  let isChanged = false;
  let next = 0n;
  let record = { at: 0, parts: [] as Buffer[], isMended: false };
  let at = 0;
  const endHere = (isDamaged: boolean, end: number): MendedLog => ({
    content,
    isChanged,
    isDamaged,
    end,
  });
  while (at < content.length) {
    const room = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES);
    if (room < PART_HEADER_BYTES) {
      at += room;
      continue;
    }
    if (at + PART_HEADER_BYTES > content.length) break;
    const checked = mendPart(content, at, room);
    if (checked === "damaged") {
      const inBlock = LOG_BLOCK_BYTES - room;
      const isInLast = at + room >= content.length;
      return endHere(!isInLast || !isCutPart(content.subarray(at - inBlock), inBlock), at);
    }
    const end = at + PART_HEADER_BYTES + lengthAt(content, at);
    const kind = content[at + KIND_AT];
    if (kind === WHOLE || kind === FIRST) record = { at, parts: [], isMended: false };
    record.parts.push(content.subarray(at + PART_HEADER_BYTES, end));
    record.isMended ||= checked === "mended";
    if (kind === WHOLE || kind === LAST) {
      if (record.isMended && !isRight(Buffer.concat(record.parts))) {
        content.set(found.subarray(record.at, end), record.at);
        return endHere(true, record.at);
      }
      isChanged ||= record.isMended;
    }
    const batch = holdsBatches ? batchAt(content, at, end) : undefined;
    if (batch !== undefined) {
      if (batch.first < next) return endHere(true, at);
      next = batch.first + batch.count;
    }
    at = end;
  }
  return endHere(false, at);
}

/** The numbers of the changes in the batch that begins with a part; undefined: none does, or not all of its head. */
function batchAt(
  log: Buffer,
  at: number,
  end: number,
): { first: bigint; count: bigint } | undefined {
  const kind = log[at + KIND_AT];
  const start = at + PART_HEADER_BYTES;
  if ((kind !== WHOLE && kind !== FIRST) || end - start < BATCH_HEADER_BYTES) return undefined;
  return { first: log.readBigUInt64LE(start), count: BigInt(log.readUInt32LE(start + 8)) };
}

/** @param room from its header on to the end of its block */
function mendPart(log: Buffer, at: number, room: number): Checked {
  const most = Math.min(room, log.length - at) - PART_HEADER_BYTES;
  const length = lengthAt(log, at);
  if (length <= most) {
    const checked = mendChecked(summed(log, at, length), log.subarray(at, at + LENGTH_AT));
    if (checked !== "damaged") return checked;
  }
  for (let bit = 0; bit < 16; bit += 1) {
    const other = length ^ (1 << bit);
    if (other > most) continue;
    if (maskedChecksum(summed(log, at, other)) !== log.readUInt32LE(at)) continue;
    log.writeUInt16LE(other, at + LENGTH_AT);
    return "mended";
  }
  return "damaged";
}

/** What the checksum of a part is of: its kind and its bytes. */
function summed(log: Buffer, at: number, length: number): Buffer {
  return log.subarray(at + KIND_AT, at + PART_HEADER_BYTES + length);
}

function lengthAt(log: Buffer, at: number): number {
  return log.readUInt16LE(at + LENGTH_AT);
}

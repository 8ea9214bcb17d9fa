import { FILE_HEADER_BYTES, isBlockHeader, LENGTH_NOTE_AT, notedLength } from "./block-file.ts";
import { SEAL } from "./record.ts";
import { scanRecords } from "./scan.ts";

/** A place in a block's file that is not as it was written. */
interface LogDamage {
  readonly offset: number;
  readonly problem: string;
}

export interface LogFindings {
  readonly damages: readonly LogDamage[];
  /** Where something begins at the end that may be in the course of being written. */
  readonly unfinished: number | undefined;
}

/**
 * Looks at all bytes of a block's file that say anything.
 *
 * @param size of the file after they were read: it may have grown
 */
export function inspectLog(log: Buffer, size: number, salt: number): LogFindings {
  const damages: LogDamage[] = [];
  const noted = notedLength(log, salt);
  if (!isBlockHeader(log)) {
    damages.push({ offset: 0, problem: "This is no header of a block." });
  } else if (noted === undefined) {
    damages.push({ offset: LENGTH_NOTE_AT, problem: "What it says of its length is damaged." });
  } else if (noted > size) {
    damages.push({ offset: size, problem: `It has been cut: there were ${noted} bytes.` });
  }
  let at = Math.min(FILE_HEADER_BYTES, log.length);
  let isSealed = false;
  const gap = (end: number): void => {
    if (end > at) damages.push({ offset: at, problem: `${end - at} bytes are no record.` });
  };
  const { end } = scanRecords(log, at, salt, (record, start) => {
    gap(start);
    at = start + record.length;
    // What comes after a seal does not count.
    isSealed = (record.flags & SEAL) !== 0;
    if (!record.hasSoundMark) damages.push({ offset: start, problem: "A mark is damaged." });
    return !isSealed;
  });
  if (isSealed) return { damages, unfinished: undefined };
  gap(end);
  return { damages, unfinished: end < log.length ? end : undefined };
}

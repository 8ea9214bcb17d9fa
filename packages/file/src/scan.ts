import { HEADER_BYTES, nextMagic, RecordView } from "./record.ts";

/** How far a scan came, and how many bytes on the way were no record. */
export interface ScanResult {
  /** Where scanning goes on when the file has grown. */
  readonly end: number;
  readonly damaged: number;
}

/**
 * Walks the records of a log from `start`. Bytes that are no sound record, such as what a killed
 * writer left behind, are passed over up to the next sound one. A record at the very end that may
 * still be in the course of being written is left for the next scan. Appends to one file are
 * ordered, so a record with another behind it is either finished or never will be.
 *
 * @param visit told of each record and where it begins; `false` ends the walk behind it
 */
export function scanRecords(
  log: Buffer,
  start: number,
  salt: number,
  visit: (record: RecordView, at: number) => boolean,
): ScanResult {
  let at = start;
  let damaged = 0;
  while (at < log.length) {
    const { sound, unfinished } = nextRecord(log, at, salt);
    if (sound === undefined) {
      const end = unfinished ?? log.length;
      return { end, damaged: damaged + end - at };
    }
    damaged += sound - at;
    const record = new RecordView(log, sound);
    at = sound + record.length;
    if (!visit(record, sound)) break;
  }
  return { end: at, damaged };
}

/** The next sound record; where there is none, the first place where one may be being written. */
function nextRecord(
  log: Buffer,
  from: number,
  salt: number,
): { sound?: number; unfinished?: number | undefined } {
  let unfinished: number | undefined;
  for (let at = from; (at = nextMagic(log, at)) >= 0; at += 1) {
    const record = new RecordView(log, at);
    if (at + HEADER_BYTES > log.length) unfinished ??= at;
    else if (record.hasSoundHeader(salt)) {
      if (!record.isWhole()) unfinished ??= at;
      else if (record.isSound(salt)) return { sound: at };
    }
  }
  return { unfinished };
}

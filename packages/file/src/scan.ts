import { dataOf, nextMark, RecordView } from "./record.ts";

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
  const data = dataOf(log);
  let at = start;
  let damaged = 0;
  while (at < log.length) {
    const { sound, unfinished } = nextRecord(log, data, at, salt);
    if (sound === undefined) {
      const end = unfinished ?? log.length;
      return { end, damaged: damaged + end - at };
    }
    damaged += sound.start - at;
    at = sound.start + sound.length;
    if (!visit(sound, sound.start)) break;
  }
  return { end: at, damaged };
}

/** The next sound record; where there is none, the first place where one may be being written. */
function nextRecord(
  log: Buffer,
  data: DataView,
  from: number,
  salt: number,
): { sound?: RecordView; unfinished?: number | undefined } {
  let unfinished: number | undefined;
  // Nearly always there is a record right here, which takes no search.
  for (let at = from; at >= 0; at = nextMark(log, at + 1)) {
    const record = new RecordView(log, at, data);
    if (record.hasSoundHeader(salt)) {
      if (!record.isWhole()) unfinished ??= at;
      else if (record.isSound(salt)) return { sound: record };
    } else if (record.isCut) unfinished ??= at;
  }
  return { unfinished };
}

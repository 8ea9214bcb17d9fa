import type { Place } from "./block-index.ts";
import type { LogFile } from "./log-file.ts";
import { dataOf, RecordView, soundRecord } from "./record.ts";

/** Holds a record for as long as it takes to look at it: to allot memory takes as long as to read. */
const brief = Buffer.alloc(16 * 1024);
const briefData = dataOf(brief);

/** Reads the records of a log from where its index says that they are. */
export class RecordReader {
  readonly #log: LogFile;
  readonly #salt: number;

  constructor(log: LogFile, salt: number) {
    this.#log = log;
    this.#salt = salt;
  }

  /** The record at a place, good until the next call; undefined when it is damaged. */
  peek(place: Place): RecordView | undefined {
    const { offset, length } = place;
    if (length > brief.length) return this.read(place);
    if (this.#log.readInto(brief, length, offset) < length) return undefined;
    const record = new RecordView(brief, 0, briefData);
    return record.isSoundOf(length, this.#salt) ? record : undefined;
  }

  /** The same for as long as is wanted. */
  read({ offset, length }: Place): RecordView | undefined {
    return soundRecord(this.#log.read(offset, offset + length), this.#salt);
  }

  /**
   * The sound records at places between two offsets, read in one go.
   *
   * @param damaged told of the places of the others
   */
  readAll(
    places: readonly Place[],
    from: number,
    end: number,
    damaged: (place: Place) => void,
  ): RecordView[] {
    const log = this.#log.read(from, end);
    const data = dataOf(log);
    const records: RecordView[] = [];
    for (const place of places) {
      const { offset, length } = place;
      const record = new RecordView(log, offset - from, data);
      const isThere = offset - from + length <= log.length;
      if (isThere && record.isSoundOf(length, this.#salt)) records.push(record);
      else damaged(place);
    }
    return records;
  }
}

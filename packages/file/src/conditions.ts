import type { BlockIndex } from "./block-index.ts";
import type { KeyHash } from "./key-hash.ts";
import type { LogFile } from "./log-file.ts";
import { POINTER_BYTES, samePointer } from "./pointer.ts";
import type { RecordView } from "./record.ts";
import { IF_ABSENT, IF_SAME, MOVED, POINTER, soundRecord } from "./record.ts";

const CONDITIONAL = IF_ABSENT | IF_SAME | MOVED;

/** Judges records that count only under a condition, by what their log says before them. */
export class Conditions {
  readonly #log: LogFile;
  readonly #salt: number;

  constructor(log: LogFile, salt: number) {
    this.#log = log;
    this.#salt = salt;
  }

  /** @param index of the records before this one */
  areMet(record: RecordView, index: BlockIndex): boolean {
    const { flags } = record;
    return (flags & CONDITIONAL) === 0 || this.#areMet(record, flags, index);
  }

  #areMet({ hash, storedAt, value }: RecordView, flags: number, index: BlockIndex): boolean {
    if ((flags & IF_ABSENT) !== 0 && index.hasLive(hash, storedAt)) return false;
    if ((flags & IF_SAME) !== 0 && this.#storedAt(hash, index) !== storedAt) return false;
    return (flags & MOVED) === 0 || this.#pointsTo(hash, value.subarray(POINTER_BYTES), index);
  }

  #storedAt(hash: KeyHash, index: BlockIndex): number | undefined {
    return this.#entry(hash, index)?.storedAt;
  }

  #pointsTo(hash: KeyHash, pointer: Buffer, index: BlockIndex): boolean {
    const record = this.#entry(hash, index);
    if (record === undefined || (record.flags & POINTER) === 0) return false;
    return samePointer(record.value, pointer);
  }

  #entry(hash: KeyHash, index: BlockIndex): RecordView | undefined {
    const place = index.find(hash);
    if (place === undefined) return undefined;
    return soundRecord(this.#log.read(place.offset, place.offset + place.length), this.#salt);
  }
}

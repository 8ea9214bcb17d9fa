import { join } from "node:path";
import type { ReportError } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import type { AppendOutcome, BlockState } from "./block-state.ts";
import type { Place } from "./block-index.ts";
import { BlockIndex } from "./block-index.ts";
import { BlockMarks } from "./block-marks.ts";
import { blockFileName, FILE_HEADER_BYTES, LENGTH_NOTE_AT } from "./block-file.ts";
import { Conditions } from "./conditions.ts";
import type { FileCalls } from "./file-calls.ts";
import type { KeyHash } from "./key-hash.ts";
import { KnownLength } from "./known-length.ts";
import { lengthNote } from "./length-note.ts";
import { LogFile } from "./log-file.ts";
import { Outlived } from "./outlived.ts";
import { decodePointer } from "./pointer.ts";
import type { RecordView } from "./record.ts";
import { DELETED, IF_SAME, MOVED, POINTER, SEAL, SUPERSEDED, VOID } from "./record.ts";
import { RecordReader } from "./record-reader.ts";
import { scanRecords } from "./scan.ts";

/** So many entries tell how many there are in all of a log. */
const SAMPLE = 64;

/**
 * One block: an append-only log of records, and the index of it that this process has read so far.
 *
 * Any number of processes append at once, without a lock: the kernel orders appends to one file.
 * Whoever replaces the block appends a seal first, and copies what stands before the seal. So a
 * writer that finds its record before any seal knows that it counts, and one that finds it behind a
 * seal writes it again into the successor.
 *
 * A log forgets when bytes of it are damaged or cut: what a lost record had replaced would be back.
 * So a writer marks, in place, each record that its own has superseded, and each of its own whose
 * condition was not met.
 */
export class Block {
  readonly prefix: string;
  /** Whether this process has its successors under way. */
  isBeingReplaced = false;
  readonly #log: LogFile;
  readonly #reader: RecordReader;
  readonly #conditions: Conditions;
  readonly #salt: number;
  readonly #length: KnownLength;
  /** Tells the file that `index` describes from another in its place. */
  #origin: Buffer | undefined;
  #index = new BlockIndex();
  #outlived = new Outlived();
  /** Records before this offset are in the index. */
  #end = FILE_HEADER_BYTES;
  /** The file's size at the last scan: what it left may be unfinished, and is looked at once it grows. */
  #seenSize = 0;
  #sealed = false;
  readonly #marks = new BlockMarks();
  /** Whether this process has written since it noted the length. */
  #owesNote = false;

  constructor(calls: FileCalls, epochFolder: string, prefix: string, salt: number) {
    this.prefix = prefix;
    this.#log = new LogFile(calls, join(epochFolder, blockFileName(prefix)));
    this.#salt = salt;
    this.#length = new KnownLength(salt);
    this.#reader = new RecordReader(this.#log, salt);
    this.#conditions = new Conditions(this.#log, salt);
  }

  get path(): string {
    return this.#log.path;
  }

  get index(): BlockIndex {
    return this.#index;
  }

  get isOpen(): boolean {
    return this.#log.isOpen;
  }

  get isSealed(): boolean {
    return this.#sealed;
  }

  /** Where the log ends, as far as it has been read. */
  get end(): number {
    return this.#end;
  }

  /** Bytes of the file that no entry needs. */
  get deadBytes(): number {
    return this.#end - FILE_HEADER_BYTES - this.#index.liveBytes;
  }

  /** Learns what other processes have appended. */
  refresh(report: ReportError): BlockState {
    if (!this.#open(report)) return "gone";
    const { size, nlink } = this.#log.stat();
    if (size !== this.#seenSize) this.#scan(size, report);
    if (nlink === 0) return "gone";
    return this.#sealed ? "sealed" : "live";
  }

  /** Whether this object still describes the file in its place. */
  isCurrent(): boolean {
    return this.#log.isCurrent();
  }

  /**
   * Writes frames in one call of the system, so that nothing comes between them.
   *
   * @throws StoreError when they could not be written whole; those at the front may count all the same
   */
  append(frames: readonly RecordView[], report: ReportError): AppendOutcome {
    if (!this.#open(report)) return "gone";
    const expected = this.#end + this.#write(frames);
    const { size, nlink } = this.#log.stat();
    if (size === expected && !this.#sealed) {
      const changed = this.#applyFrames(frames, size, report);
      return nlink === 0 ? "gone" : changed;
    }
    const changed = this.#scan(size, report, frames[0]!, frames.length);
    if (changed !== undefined) return nlink === 0 && !this.#sealed ? "gone" : changed;
    return this.#sealed ? "sealed" : "gone";
  }

  /** Ends the log, so that it can be replaced. Sealing a sealed block does nothing. */
  seal(frame: RecordView, report: ReportError): BlockState {
    let state = this.refresh(report);
    // In a file that was cut within its header the first seal is not seen.
    for (let tries = 0; tries < 2 && state === "live"; tries += 1) {
      this.#write([frame]);
      state = this.refresh(report);
    }
    return state;
  }

  /** Gives up all records, to make room on a full disk. */
  empty(): void {
    this.#log.replace(lengthNote(FILE_HEADER_BYTES, this.#salt), LENGTH_NOTE_AT);
    this.#log.cut(FILE_HEADER_BYTES);
    this.#startOver();
  }

  /** Has what was appended on the device. */
  sync(): Promise<void> {
    return this.#log.sync();
  }

  /** Whether there are marks to be set, or a length to be noted. A block that is being replaced needs neither. */
  get owesWrites(): boolean {
    return !this.isBeingReplaced && (this.#owesNote || this.#marks.areOwed);
  }

  /**
   * Sets the marks that this process owes, and notes how long the log is. Marks of superseded records have to
   * wait, under durable writes, until the device has the records that supersede them.
   */
  writeOwed(): void {
    this.#marks.write(this.#log);
    if (this.#owesNote && this.isOpen) this.#length.note(this.#log, this.#end);
    this.#owesNote = false;
  }

  /** The record at a place of the index, good until the next call; undefined when it is damaged. */
  peek(place: Place, report: ReportError): RecordView | undefined {
    return this.#reader.peek(place) ?? this.#damaged(place, report);
  }

  /** The same for as long as is wanted. */
  read(place: Place, report: ReportError): RecordView | undefined {
    return this.#reader.read(place) ?? this.#damaged(place, report);
  }

  /** The records of the index from an offset on, in no order. Damaged ones are left out. */
  readAll(report: ReportError, from: number = 0): RecordView[] {
    const places = this.#index.places().filter(({ offset }) => offset >= from);
    return this.#reader.readAll(places, from, this.#end, (place) => this.#damaged(place, report));
  }

  /** Forgets an entry whose value is damaged. */
  forget(hash: KeyHash): void {
    this.#index.delete(hash);
  }

  /** @param removed whether the block is not in its folder any more */
  close(removed: boolean = false): void {
    this.#log.close(removed);
  }

  /** Reads the log anew: what a fresh reader would find, every process has to find. */
  #damaged({ offset }: Place, report: ReportError): undefined {
    report(new DamagedError(`The record at offset ${offset} of ${this.path}`));
    this.#startOver();
  }

  #open(report: ReportError): boolean {
    if (this.isOpen) return true;
    if (!this.#log.open()) return false;
    const header = this.#log.read(0, FILE_HEADER_BYTES);
    const origin = header.subarray(0, LENGTH_NOTE_AT);
    if (this.#origin?.equals(origin) === false) this.#startOver();
    this.#origin = origin;
    // Looked at afterwards: a file that others write to has grown by then, if anything.
    this.#length.learn(header);
    if (this.#length.isLost(this.#log.stat().size)) this.#reportCut(report);
    return true;
  }

  #reportCut(report: ReportError): void {
    report(new DamagedError(`The file ${this.path}, which has been cut,`));
  }

  #startOver(): void {
    this.#index = new BlockIndex();
    this.#outlived = new Outlived();
    this.#end = FILE_HEADER_BYTES;
    this.#seenSize = 0;
    this.#sealed = false;
    this.#marks.forget();
  }

  /** @returns how many of this process's own records, if it is told the first, changed something */
  #scan(size: number, report: ReportError, own?: RecordView, ownCount = 0): number | undefined {
    if (size < this.#end) {
      this.#reportCut(report);
      this.#startOver();
    }
    let mine = 0;
    let changed: number | undefined;
    if (!this.#sealed) {
      const base = this.#end;
      const isFirst = base === FILE_HEADER_BYTES;
      const log = this.#log.read(base, size);
      let next = 0;
      const { end, damaged } = scanRecords(log, 0, this.#salt, (record, at) => {
        // What superseded them may have stood in what was passed over.
        if (at !== next) this.#outlived.end(this.#index);
        next = at + record.length;
        if ((record.flags & SEAL) !== 0) {
          this.#sealed = true;
          // It may be another's that says the same, and ours stand behind the seal.
          if (own?.isUnique === false) changed = undefined;
          return false;
        }
        if (own !== undefined && record.isFrame(own)) {
          mine = ownCount;
          changed ??= 0;
        }
        const { count } = this.#index;
        if (isFirst && count === SAMPLE)
          this.#index.reserve(Math.ceil((count * log.length) / next));
        if (mine > 0 && changed !== undefined) {
          mine -= 1;
          if (this.#applyOwn(record, base + at, report)) changed += 1;
        } else this.#apply(record, base + at, report);
        return true;
      });
      this.#end = base + end;
      if (isFirst) this.#index.fit();
      // A record that was whole once looks unfinished where its lengths are damaged.
      const lostTo = !this.#sealed && this.#length.isLost(this.#end) ? size : this.#end;
      const lost = damaged + lostTo - this.#end;
      if (lost > 0) {
        report(
          new DamagedError(`A stretch of ${lost} bytes before offset ${lostTo} of ${this.path}`),
        );
      }
    }
    this.#seenSize = size;
    if (this.#outlived.hasAny(this.#index)) {
      // They were marked after the look at the size: what superseded them stands behind it.
      const grown = this.#sealed ? size : this.#log.stat().size;
      if (grown > size) {
        const more = this.#scan(grown, report, changed === undefined ? own : undefined, ownCount);
        return changed ?? more;
      }
      this.#outlived.end(this.#index);
      report(new DamagedError(`The end of ${this.path}, or a mark in it,`));
    }
    return changed;
  }

  /** @returns how many bytes that took */
  #write(frames: readonly RecordView[]): number {
    this.#owesNote = true;
    const [frame] = frames;
    if (frames.length === 1 && frame !== undefined) {
      const { length } = frame;
      this.#log.append(frame.buffer, frame.start, length);
      return length;
    }
    const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
    this.#log.append(bytes);
    return bytes.length;
  }

  /** Applies frames that this process has just appended, which the file ends with. */
  #applyFrames(frames: readonly RecordView[], size: number, report: ReportError): number {
    let changed = 0;
    for (const frame of frames) {
      if (this.#applyOwn(frame, this.#end, report)) changed += 1;
      this.#end += frame.length;
    }
    this.#seenSize = size;
    return changed;
  }

  /** Applies a record of this process, and notes what has to be marked for it. */
  #applyOwn(record: RecordView, offset: number, report: ReportError): boolean {
    const { flags, hash } = record;
    const before = this.#index.offsetOf(hash);
    const applied = this.#apply(record, offset, report);
    // A moved pointer counts only as long as the one before it is seen.
    if ((flags & MOVED) !== 0) return applied;
    const after = this.#index.offsetOf(hash);
    if (before !== 0 && before !== after) this.#marks.supersede(before);
    if ((flags & DELETED) === 0 && after !== offset) this.#marks.avoid(offset);
    return applied;
  }

  /** Brings one record into the index. @returns whether it changed what is live */
  #apply(record: RecordView, offset: number, report: ReportError): boolean {
    const { flags, hash, storedAt } = record;
    if (record.mark === VOID) {
      if (!record.hasSoundMark)
        report(new DamagedError(`The mark of the record at offset ${offset} of ${this.path}`));
      return false;
    }
    if ((flags & DELETED) !== 0) {
      if (!this.#conditions.areMet(record, this.#index)) return false;
      const wasLive = (flags & IF_SAME) !== 0 || this.#index.hasLive(hash, storedAt);
      return this.#index.delete(hash) && wasLive;
    }
    // Only what counted can have been superseded: its condition was met.
    if (record.mark === SUPERSEDED) this.#outlived.add(hash, offset);
    else if (!this.#conditions.areMet(record, this.#index)) return false;
    const pointer = (flags & POINTER) !== 0 ? decodePointer(record.value) : undefined;
    const valueBytes = pointer?.valueBytes ?? record.valueLength;
    const { length, expires } = record;
    this.#index.set(hash, { offset, length, valueBytes, expires, pointer });
    return true;
  }
}

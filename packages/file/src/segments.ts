import type { Awaitable, ReportError } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import { ioError, mixWord } from "@class-cache/mapping/disk";
import { ActiveSegment } from "./active-segment.ts";
import type { FileCalls } from "./file-calls.ts";
import { KeyHash } from "./key-hash.ts";
import type { LargeFrame } from "./large-draft.ts";
import type { OpenFile } from "./open-file.ts";
import type { OpenFiles, Reopenable } from "./open-files.ts";
import { lengthOf } from "./pieces.ts";
import type { Pointer } from "./pointer.ts";
import { RecordView, soundRecord, TAIL_BYTES } from "./record.ts";
import type { HeldSegment } from "./segment-files.ts";
import { SegmentFiles } from "./segment-files.ts";
import { readWhole, readWholeLater, writeWhole } from "./whole-transfers.ts";

/**
 * Values larger than this are read and written by the thread pool: the copy alone would hold the
 * event loop up for a millisecond or so.
 */
const LATER_BYTES = 512 * 1024;

/** A segment that is being read. */
interface Reader extends Reopenable {
  readonly file: OpenFile;
}

/**
 * The records of an epoch that are too large for blocks. They lie in segments, files that blocks point
 * into, so that splitting and compacting a block never copies a large value. Each process appends to a
 * segment of its own, held by a kernel lock on the file.
 */
export class Segments {
  readonly files: SegmentFiles;
  readonly active: ActiveSegment;
  readonly #calls: FileCalls;
  readonly #salt: number;
  readonly #open: OpenFiles;
  readonly #readers = new Map<number, Reader>();

  constructor(calls: FileCalls, epochFolder: string, salt: number, open: OpenFiles) {
    this.files = new SegmentFiles(calls, epochFolder);
    this.active = new ActiveSegment(calls, this.files);
    this.#calls = calls;
    this.#salt = salt;
    this.#open = open;
  }

  /**
   * Appends a frame and hands its place to `publish`, which has to make it known before it returns:
   * until then the segment's lock keeps the frame from being collected.
   *
   * @param durable whether the frame is on the device before it is published
   * @returns what `publish` does, or undefined when the epoch has been removed, or the frame's bytes do not
   * hold for as long as it would take
   */
  append<R>(
    { pieces: frame, valueBytes, isLent }: LargeFrame,
    durable: boolean,
    publish: (pointer: Pointer) => R,
  ): Awaitable<R | undefined> {
    const number = this.active.choose(valueBytes);
    if (number === undefined) return undefined;
    const isLater = durable || valueBytes > LATER_BYTES;
    if (isLater && isLent) return undefined;
    const pieces = frame(this.#saltOf(number), !isLater);
    const length = lengthOf(pieces);
    const { file, offset } = this.active.reserve(length);
    const pointer = { segment: number, offset, length, valueBytes };
    if (isLater) {
      return this.#appendLater(file, pieces, durable, pointer, publish);
    }
    try {
      const [only] = pieces;
      const written =
        pieces.length === 1 && only !== undefined
          ? this.#calls.writeSync(file.fd, only, 0, length, offset)
          : this.#calls.writevSync(file.fd, pieces, offset);
      this.#writeRest(file.fd, pieces, written, pointer);
    } catch (error) {
      throw ioError("write to", this.files.path(number), error);
    }
    return publish(pointer);
  }

  /**
   * The record that a pointer leads to.
   *
   * @returns undefined when it is damaged, which is reported, or `"missing"` when the segment is not
   * there: then the pointer is out of date, or the segment was removed by a stranger
   * @param isBrief whether its memory may be used again by the next such call
   */
  read(
    pointer: Pointer,
    report: ReportError,
    isBrief: boolean = false,
  ): Awaitable<RecordView | undefined | "missing"> {
    const { segment, offset, length } = pointer;
    try {
      const file = this.#reader(segment);
      if (file === undefined) return "missing";
      const isLater = length > LATER_BYTES;
      const frame = isBrief && !isLater ? briefFrame(length) : Buffer.allocUnsafe(length);
      if (isLater) return this.#readLater(file, frame, pointer, report);
      const read = readWhole(this.#calls, file.fd, frame, offset);
      return this.#check(frame, read, pointer, report);
    } catch (error) {
      throw ioError("read", this.files.path(segment), error);
    }
  }

  /** The key of the record that a pointer leads to, without reading its value; undefined: damaged. */
  readKey({ segment, offset, length, valueBytes }: Pointer): string | undefined {
    try {
      const file = this.#reader(segment);
      if (file === undefined) return undefined;
      const start = Buffer.allocUnsafe(length - valueBytes - TAIL_BYTES);
      const read = readWhole(this.#calls, file.fd, start, offset);
      const record = new RecordView(start);
      if (read !== start.length || !record.hasSoundHeader(this.#saltOf(segment))) return undefined;
      if (record.lengthWithoutValue !== start.length) return undefined;
      // The checksum of key and value would take reading the value.
      return KeyHash.of(record.key).equals(record.hash) ? record.key : undefined;
    } catch (error) {
      throw ioError("read", this.files.path(segment), error);
    }
  }

  /**
   * Takes a segment out of use, so that nobody appends to it. @returns undefined while somebody else does,
   * else what is held until its file is closed
   */
  hold(number: number): HeldSegment | undefined {
    if (this.active.endOf(number) !== undefined) this.active.retire();
    return this.files.hold(number);
  }

  /** Has what was appended to a segment on the device. */
  async sync(number: number): Promise<void> {
    try {
      await this.#reader(number)?.use((fd) => this.#calls.fdatasync(fd));
    } catch (error) {
      throw ioError("flush", this.files.path(number), error);
    }
  }

  /** Ends the reading of a segment. */
  forget(number: number): void {
    const reader = this.#readers.get(number);
    if (reader === undefined) return;
    this.#readers.delete(number);
    this.#open.delete(reader);
    reader.file.close();
  }

  close(): void {
    this.active.retire();
    for (const number of this.#readers.keys()) this.forget(number);
  }

  #appendLater<R>(
    file: OpenFile,
    pieces: readonly Uint8Array[],
    durable: boolean,
    pointer: Pointer,
    publish: (pointer: Pointer) => R,
  ): Promise<R> {
    return file.use(async (fd) => {
      try {
        const { bytesWritten } = await this.#calls.writev(fd, pieces, pointer.offset);
        this.#writeRest(fd, pieces, bytesWritten, pointer);
        if (durable) await this.#calls.fdatasync(fd);
      } catch (error) {
        throw ioError("write to", this.files.path(pointer.segment), error);
      }
      return publish(pointer);
    });
  }

  #readLater(
    file: OpenFile,
    frame: Buffer,
    pointer: Pointer,
    report: ReportError,
  ): Promise<RecordView | undefined | "missing"> {
    return file.use(async (fd) => {
      try {
        const read = await readWholeLater(this.#calls, fd, frame, pointer.offset);
        return this.#check(frame, read, pointer, report);
      } catch (error) {
        throw ioError("read", this.files.path(pointer.segment), error);
      }
    });
  }

  #check(
    frame: Buffer,
    read: number,
    { segment, offset }: Pointer,
    report: ReportError,
  ): RecordView | undefined | "missing" {
    const isWhole = read === frame.length;
    const record = isWhole ? soundRecord(frame, this.#saltOf(segment)) : undefined;
    if (record !== undefined) return record;
    // A file is given its new name before anything is written over what it held.
    if (!this.files.isThere(segment)) {
      this.forget(segment);
      return "missing";
    }
    report(new DamagedError(`The record at offset ${offset} of ${this.files.path(segment)}`));
    return undefined;
  }

  /** Frames of one segment never pass for another's: a file may have been several. */
  #saltOf(segment: number): number {
    return mixWord(mixWord(this.#salt, segment), Math.floor(segment / 2 ** 32));
  }

  #reader(number: number): OpenFile | undefined {
    const open = this.#readers.get(number);
    if (open !== undefined) return open.file;
    const file = this.files.openToRead(number);
    if (file === undefined) return undefined;
    const reader = { file, owesWrites: false, close: () => this.forget(number) };
    this.#open.add(reader);
    this.#readers.set(number, reader);
    return file;
  }

  /** Writes what a short write has left of a frame. */
  #writeRest(fd: number, pieces: readonly Uint8Array[], written: number, pointer: Pointer): void {
    if (written >= pointer.length) return;
    writeWhole(this.#calls, fd, Buffer.concat(pieces), pointer.offset, written);
  }
}

/** Memory for a frame that is looked at and done with: for a large one, fresh memory takes longer than reading. */
let brief: Buffer | undefined;

function briefFrame(length: number): Buffer {
  brief ??= Buffer.allocUnsafeSlow(LATER_BYTES);
  return brief.subarray(0, length);
}

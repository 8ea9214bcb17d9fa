import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { join } from "node:path";
import type { Awaitable, ReportError } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import { ioCode, ioError, namesIn, tryLockFile } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { KeyHash } from "./key-hash.ts";
import { OpenFile } from "./open-file.ts";
import type { Pointer } from "./pointer.ts";
import { RecordView, soundRecord, TAIL_BYTES } from "./record.ts";
import { readWhole, readWholeLater, writeWhole } from "./whole-transfers.ts";

/**
 * A segment that has grown to this share of them all is left, and the next one begun, within bounds:
 * the more segments there are, the more of them die whole, and to make one takes half a millisecond.
 */
const FULL_SHARE = 1 / 8;
const LEAST_FULL_BYTES = 4 * 1024 * 1024;
const MOST_FULL_BYTES = 64 * 1024 * 1024;

/**
 * Frames larger than this are read and written by the thread pool: the copy alone would hold the
 * event loop up for a millisecond or so.
 */
const LATER_BYTES = 512 * 1024;

const MOST_READERS = 64;

const NAME = /^([0-9a-f]{12})\.segment$/;

/** A segment that this process alone appends to, for as long as it holds the file's lock. */
interface ActiveSegment {
  readonly number: number;
  readonly file: OpenFile;
  /** Where the next frame goes. What lies before is written or being written. */
  end: number;
  /** Where it is left for the next one. */
  readonly full: number;
}

/**
 * The records of an epoch that are too large for blocks. They lie in segments, files that only grow
 * and that blocks point into, so that splitting and compacting a block never copies a large value.
 * Each process appends to a segment of its own, held by a kernel lock on the file, and takes over
 * one that nobody holds before it makes a new one.
 */
export class Segments {
  readonly #calls: FileCalls;
  readonly #folder: string;
  readonly #salt: number;
  #active: ActiveSegment | undefined;
  readonly #readers = new Map<number, OpenFile>();

  constructor(calls: FileCalls, epochFolder: string, salt: number) {
    this.#calls = calls;
    this.#folder = epochFolder;
    this.#salt = salt;
  }

  /**
   * Appends a frame, given in pieces, and hands its place to `publish`, which has to make it known
   * before it returns: until then the segment's lock keeps the frame from being collected.
   *
   * @returns what `publish` does, or undefined when the epoch has been removed
   * @param durable whether the frame is on the device before it is published
   */
  append<R>(
    pieces: readonly Uint8Array[],
    valueBytes: number,
    durable: boolean,
    publish: (pointer: Pointer) => R,
  ): Awaitable<R | undefined> {
    const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    const place = this.#reserve(length);
    if (place === undefined) return undefined;
    const { number, file, end } = place;
    const pointer = { segment: number, offset: end, length, valueBytes };
    if (durable || length > LATER_BYTES) {
      return this.#appendLater(file, pieces, durable, pointer, publish);
    }
    try {
      const [frame] = pieces;
      const written =
        pieces.length === 1 && frame !== undefined
          ? this.#calls.writeSync(file.fd, frame, 0, length, end)
          : this.#calls.writevSync(file.fd, pieces, end);
      this.#writeRest(file.fd, pieces, written, end);
    } catch (error) {
      throw ioError("write to", this.path(number), error);
    }
    return publish(pointer);
  }

  /**
   * The record that a pointer leads to.
   *
   * @returns undefined when it is damaged, which is reported, or `"missing"` when the segment is not
   * there: then the pointer is out of date, or the segment was removed by a stranger
   */
  read(pointer: Pointer, report: ReportError): Awaitable<RecordView | undefined | "missing"> {
    try {
      const file = this.#reader(pointer.segment);
      if (file === undefined) return "missing";
      const frame = Buffer.allocUnsafe(pointer.length);
      if (pointer.length <= LATER_BYTES) {
        const read = readWhole(this.#calls, file.fd, frame, pointer.offset);
        return this.#check(frame, read, pointer, report);
      }
      return this.#readLater(file, frame, pointer, report);
    } catch (error) {
      throw ioError("read", this.path(pointer.segment), error);
    }
  }

  /** The key of the record that a pointer leads to, without reading its value; undefined: damaged. */
  readKey(pointer: Pointer): string | undefined {
    try {
      const file = this.#reader(pointer.segment);
      if (file === undefined) return undefined;
      const start = Buffer.allocUnsafe(pointer.length - pointer.valueBytes - TAIL_BYTES);
      const read = readWhole(this.#calls, file.fd, start, pointer.offset);
      const record = new RecordView(start);
      if (read !== start.length || !record.hasSoundHeader(this.#salt)) return undefined;
      if (record.lengthWithoutValue !== start.length) return undefined;
      // The checksum of key and value would take reading the value.
      return KeyHash.of(record.key).equals(record.hash) ? record.key : undefined;
    } catch (error) {
      throw ioError("read", this.path(pointer.segment), error);
    }
  }

  /** Numbers and sizes of the segments in the folder. */
  list(): Map<number, number> {
    const sizes = new Map<number, number>();
    for (const name of namesIn(this.#folder, this.#calls)) {
      const match = NAME.exec(name);
      if (match === null) continue;
      try {
        sizes.set(
          Number.parseInt(match[1]!, 16),
          this.#calls.statSync(join(this.#folder, name)).size,
        );
      } catch (error) {
        if (ioCode(error) !== "ENOENT") throw ioError("look at a segment in", this.#folder, error);
      }
    }
    return sizes;
  }

  /**
   * Takes a segment out of use, so that nobody appends to it. @returns undefined while another
   * process appends to it, else the file, whose closing ends the hold
   */
  hold(number: number): OpenFile | undefined {
    if (this.#active?.number === number) {
      if (this.#active.file.isBusy) return undefined;
      this.#retireActive();
    }
    return this.#lock(number);
  }

  /** Has what was appended to a segment on the device. */
  async sync(number: number): Promise<void> {
    try {
      await this.#reader(number)?.use((fd) => this.#calls.fdatasync(fd));
    } catch (error) {
      throw ioError("flush", this.path(number), error);
    }
  }

  /** Ends the reading of a segment that is about to be removed. */
  forget(number: number): void {
    this.#readers.get(number)?.close();
    this.#readers.delete(number);
  }

  path(number: number): string {
    return join(this.#folder, `${number.toString(16).padStart(12, "0")}.segment`);
  }

  close(): void {
    this.#retireActive();
    for (const file of this.#readers.values()) file.close();
    this.#readers.clear();
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
        this.#writeRest(fd, pieces, bytesWritten, pointer.offset);
        if (durable) await this.#calls.fdatasync(fd);
      } catch (error) {
        throw ioError("write to", this.path(pointer.segment), error);
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
        throw ioError("read", this.path(pointer.segment), error);
      }
    });
  }

  #check(
    frame: Buffer,
    read: number,
    pointer: Pointer,
    report: ReportError,
  ): RecordView | undefined {
    const record = read === frame.length ? soundRecord(frame, this.#salt) : undefined;
    if (record !== undefined) return record;
    report(
      new DamagedError(`The record at offset ${pointer.offset} of ${this.path(pointer.segment)}`),
    );
    return undefined;
  }

  /** Room for a frame at the end of the active segment; undefined when the epoch has been removed. */
  #reserve(length: number): ActiveSegment | undefined {
    if (this.#active !== undefined && this.#active.end >= this.#active.full) this.#retireActive();
    this.#active ??= this.#activate();
    if (this.#active === undefined) return undefined;
    const place = { ...this.#active };
    this.#active.end += length;
    return place;
  }

  #activate(): ActiveSegment | undefined {
    const sizes = this.list();
    let all = 0;
    for (const size of sizes.values()) all += size;
    const full = Math.min(Math.max(LEAST_FULL_BYTES, all * FULL_SHARE), MOST_FULL_BYTES);
    return this.#adopt(sizes, full) ?? this.#create(full);
  }

  #adopt(sizes: ReadonlyMap<number, number>, full: number): ActiveSegment | undefined {
    for (const [number, size] of sizes) {
      if (size >= full) continue;
      const file = this.#lock(number);
      if (file === undefined) continue;
      try {
        return { number, file, end: this.#calls.fstatSync(file.fd).size, full };
      } catch (error) {
        file.close();
        throw ioError("look at", this.path(number), error);
      }
    }
    return undefined;
  }

  #create(full: number): ActiveSegment | undefined {
    const number = randomBytes(6).readUIntLE(0, 6);
    const { O_RDWR, O_CREAT, O_EXCL } = constants;
    try {
      const file = this.#open(number, O_RDWR | O_CREAT | O_EXCL, 0o600);
      if (this.#isLocked(file)) return { number, file, end: 0, full };
    } catch (error) {
      if (ioCode(error) === "ENOENT") return undefined;
      throw ioError("make a segment in", this.#folder, error);
    }
    // Another process adopted it between the two steps.
    return this.#create(full);
  }

  #lock(number: number): OpenFile | undefined {
    try {
      const file = this.#open(number, constants.O_RDWR);
      return this.#isLocked(file) ? file : undefined;
    } catch (error) {
      if (ioCode(error) === "ENOENT") return undefined;
      throw ioError("open", this.path(number), error);
    }
  }

  /** Whether a file that still has its name could be locked; where not, or that fails, it is closed. */
  #isLocked(file: OpenFile): boolean {
    let isLocked = false;
    try {
      isLocked = tryLockFile(file.fd, this.#calls) && this.#calls.fstatSync(file.fd).nlink > 0;
    } finally {
      if (!isLocked) file.close();
    }
    return isLocked;
  }

  #open(number: number, flags: number, mode?: number): OpenFile {
    const path = this.path(number);
    return new OpenFile(this.#calls, this.#calls.openSync(path, flags, mode), path);
  }

  #reader(number: number): OpenFile | undefined {
    const open = this.#readers.get(number);
    if (open !== undefined) return open;
    try {
      const file = this.#open(number, constants.O_RDONLY);
      const [oldest] = this.#readers.keys();
      if (oldest !== undefined && this.#readers.size >= MOST_READERS) this.forget(oldest);
      this.#readers.set(number, file);
      return file;
    } catch (error) {
      if (ioCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Writes what a short write has left of a frame. */
  #writeRest(fd: number, pieces: readonly Uint8Array[], written: number, offset: number): void {
    const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    if (written < length) writeWhole(this.#calls, fd, Buffer.concat(pieces), offset, written);
  }

  #retireActive(): void {
    this.#active?.file.close();
    this.#active = undefined;
  }
}

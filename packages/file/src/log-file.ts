import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { StoreError } from "@class-cache/mapping";
import { areOfOne, ioCode, ioError, statsAt } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { takeFileFromOthers } from "./modes.ts";
import { OpenFile } from "./open-file.ts";
import { setBytes } from "./set-bytes.ts";
import { readWhole, writeWhole } from "./whole-transfers.ts";

/** An existing file that any number of processes append to. Opened when needed, closed at will. */
export class LogFile {
  readonly path: string;
  readonly #calls: FileCalls;
  #file: OpenFile | undefined;
  /** Writes in the middle of the file, where a descriptor for appending cannot. */
  #patcher: OpenFile | undefined;
  /** Why the file could be opened for reading alone. */
  #readOnly: Error | undefined;
  /** As it was at the first look since it was opened. */
  #found: Stats | undefined;
  /** Whether this process has appended to it since it was opened. */
  #isWritten = false;

  constructor(calls: FileCalls, path: string) {
    this.#calls = calls;
    this.path = path;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** @returns whether the file is there, and was not opened before */
  open(): boolean {
    const { O_RDONLY, O_RDWR, O_APPEND } = constants;
    try {
      this.#file = this.#openAs(O_RDWR | O_APPEND);
    } catch (error) {
      const code = ioCode(error);
      if (code === "ENOENT") return false;
      if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") {
        throw ioError("open", this.path, error);
      }
      try {
        this.#file = this.#openAs(O_RDONLY);
      } catch (readError) {
        throw ioError("open", this.path, readError);
      }
      this.#readOnly = error as Error;
    }
    return true;
  }

  /** Size and links of the open file, which may have lost its name. */
  stat(): Stats {
    try {
      const stats = this.#calls.fstatSync(this.#fd);
      this.#found ??= stats;
      return stats;
    } catch (error) {
      throw ioError("look at", this.path, error);
    }
  }

  /** Whether the open file is the one that has the name now. */
  isCurrent(): boolean {
    return this.isOpen && areOfOne(this.stat(), statsAt(this.path, this.#calls));
  }

  /** @throws StoreError when not all could be written */
  append(bytes: Buffer, from: number = 0, length: number = bytes.length): void {
    if (this.#readOnly !== undefined) this.#openForWriting(this.#readOnly);
    if (!this.#isWritten && this.#found !== undefined) {
      takeFileFromOthers(this.#calls, this.#fd, this.#found);
      this.#isWritten = true;
    }
    try {
      let written = this.#calls.writeSync(this.#fd, bytes, from, length);
      // What came through in part is passed over by every reader; its rest could land anywhere.
      if (written < length) written = this.#calls.writeSync(this.#fd, bytes, from, length);
      if (written < length) {
        throw new StoreError(
          `Only ${written} of ${length} bytes could be written to ${this.path}.`,
        );
      }
    } catch (error) {
      throw ioError("write to", this.path, error);
    }
  }

  /** Overwrites one byte at each offset. */
  patch(byte: number, offsets: readonly number[]): void {
    this.#overwrite((fd) => setBytes(this.#calls, fd, byte, offsets));
  }

  /** Overwrites what is at an offset. */
  replace(bytes: Uint8Array, offset: number): void {
    this.#overwrite((fd) => writeWhole(this.#calls, fd, bytes, offset));
  }

  /** What the file has between two offsets. */
  read(start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
    try {
      const read = readWhole(this.#calls, this.#fd, bytes, start);
      return read === bytes.length ? bytes : bytes.subarray(0, read);
    } catch (error) {
      throw ioError("read", this.path, error);
    }
  }

  /** Reads what the file has from an offset on. @returns how many bytes there were */
  readInto(bytes: Buffer, length: number, offset: number): number {
    try {
      return readWhole(this.#calls, this.#fd, bytes, offset, length);
    } catch (error) {
      throw ioError("read", this.path, error);
    }
  }

  cut(length: number): void {
    try {
      this.#calls.ftruncateSync(this.#fd, length);
    } catch (error) {
      throw ioError("cut", this.path, error);
    }
  }

  /** Has what was appended on the device. */
  async sync(): Promise<void> {
    try {
      await this.#file?.use((fd) => this.#calls.fdatasync(fd));
    } catch (error) {
      throw ioError("flush", this.path, error);
    }
  }

  /** @param removed whether the file has lost its name */
  close(removed: boolean = false): void {
    if (removed) this.#file?.closeRemoved();
    else this.#file?.close();
    this.#patcher?.close();
    this.#file = undefined;
    this.#patcher = undefined;
    this.#readOnly = undefined;
    this.#found = undefined;
    this.#isWritten = false;
  }

  #overwrite(write: (fd: number) => void): void {
    try {
      if (this.#patcher === undefined) {
        const patcher = this.#openAs(constants.O_RDWR);
        // The name may be another file's by now, to which the offsets mean nothing.
        if (!this.#isSameFile(patcher)) return;
        this.#patcher = patcher;
      }
      write(this.#patcher.fd);
    } catch (error) {
      if (ioCode(error) !== "ENOENT") throw ioError("write to", this.path, error);
    }
  }

  #openAs(flags: number): OpenFile {
    return new OpenFile(this.#calls, this.#calls.openSync(this.path, flags), this.path);
  }

  /** Tries once more what was refused when the file was opened: that may have been mended. */
  #openForWriting(refused: Error): void {
    let file: OpenFile;
    try {
      file = this.#openAs(constants.O_RDWR | constants.O_APPEND);
      if (!this.#isSameFile(file)) throw refused;
    } catch (error) {
      throw ioError("write to", this.path, error);
    }
    this.#file?.close();
    this.#file = file;
    this.#readOnly = undefined;
  }

  /** Whether another descriptor leads to the open file; where it does not, or fails, it is closed. */
  #isSameFile(other: OpenFile): boolean {
    let isSame = false;
    try {
      isSame = areOfOne(this.#calls.fstatSync(other.fd), this.stat());
    } finally {
      if (!isSame) other.close();
    }
    return isSame;
  }

  get #fd(): number {
    if (this.#file === undefined) throw new StoreError(`The file ${this.path} is not open.`);
    return this.#file.fd;
  }
}

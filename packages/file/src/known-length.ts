import { FILE_HEADER_BYTES, LENGTH_NOTE_AT, notedLength } from "./block-file.ts";
import { LENGTH_NOTE_BYTES, lengthIn, lengthNote } from "./length-note.ts";
import type { LogFile } from "./log-file.ts";

/** Used for one note after the other. */
const note = Buffer.alloc(LENGTH_NOTE_BYTES);

/** What is known of how long a log is at least, by the note in its header. */
export class KnownLength {
  readonly #salt: number;
  #least = FILE_HEADER_BYTES;

  constructor(salt: number) {
    this.#salt = salt;
  }

  /** Told of the header of a log that has just been opened. */
  learn(header: Buffer): void {
    this.#least = notedLength(header, this.#salt) ?? FILE_HEADER_BYTES;
  }

  /** Whether a log that is so long has lost something, which is told once. */
  isLost(length: number): boolean {
    if (length >= this.#least) return false;
    this.#least = 0;
    return true;
  }

  /** Notes where a log ends, unless another process has noted more: this one may not have looked since. */
  note(log: LogFile, end: number): void {
    const read = log.readInto(note, LENGTH_NOTE_BYTES, LENGTH_NOTE_AT);
    const noted = read < LENGTH_NOTE_BYTES ? undefined : lengthIn(note, this.#salt);
    if ((noted ?? 0) >= end) return;
    log.replace(lengthNote(end, this.#salt, note), LENGTH_NOTE_AT);
  }
}

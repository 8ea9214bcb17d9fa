import { mixWord } from "@class-cache/mapping/disk";

/**
 * How long a log was when one of its writers last looked, as its header says it: where the file has been cut
 * at the end of a record, nothing else tells that there was more.
 *
 *   u32 length of the file, little-endian
 *   u32 sum of it, seeded with the salt
 */
export const LENGTH_NOTE_BYTES = 8;

/** @param note where it is put */
export function lengthNote(
  length: number,
  salt: number,
  note: Buffer = Buffer.alloc(LENGTH_NOTE_BYTES),
): Buffer {
  note.writeUInt32LE(length);
  note.writeInt32LE(mixWord(salt, length), 4);
  return note;
}

/** @returns undefined when it is damaged, or not there */
export function lengthIn(note: Buffer, salt: number): number | undefined {
  if (note.length < LENGTH_NOTE_BYTES) return undefined;
  const length = note.readUInt32LE();
  return note.readInt32LE(4) === mixWord(salt, length) ? length : undefined;
}

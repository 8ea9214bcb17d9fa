import { expect, test } from "@jest/globals";
import { fuzz } from "@class-cache/testkit/fuzzing";
import { bodyChecksum, headChecksum } from "../src/checksum.ts";
import { idBytes, idChecksum, idOf } from "../src/id.ts";
import { addToSum, NO_SUM } from "../src/log/log-checksum.ts";
import { headerOf, rewritten, soundFrames } from "../src/log/log-frames.ts";
import { logIndexIn } from "../src/log/log-index.ts";
import { decodePayload } from "../src/pages/payload.ts";
import { isLong, placeOf } from "../src/place.ts";
import { entryOf, headOf } from "../src/row.ts";

const corpus = (name: string): URL => new URL(`corpus/${name}/`, import.meta.url);

const value = Buffer.from("a value");
const record = { key: "key", bytes: value.length, storedAt: 1, expiresAt: 2, cost: undefined };
const head = headChecksum(7, record);
const sound = [1, 2, null, bodyChecksum(head, value), value, head, value.length];

/** As SQLite has it in memory, with so many frames. */
function logIndex(frames = 3): Buffer {
  const file = Buffer.alloc(2 * 32 * 1024, 1);
  file.writeUInt32LE(3_007_000, 0);
  file[12] = 1;
  file.writeUInt16LE(4096, 14);
  file.writeUInt32LE(frames, 16);
  return signed(file);
}

/** With its checksum right, and its copy the same. */
function signed(file: Buffer): Buffer {
  if (file.length < 96) return file;
  const words = Int32Array.from({ length: 10 }, (_, word) => file.readInt32LE(word * 4));
  const { first, second } = addToSum(NO_SUM, words, 0, 10);
  file.writeInt32LE(first, 40);
  file.writeInt32LE(second, 44);
  file.copy(file, 48, 0, 48);
  return file;
}

/** What SQLite may give for a row: of each column anything that it has types for. */
function rowIn(input: Buffer): unknown[] {
  const row: unknown[] = [...sound];
  for (let at = 0; at + 2 <= input.length; at += 10) {
    const column = input[at]! % row.length;
    const rest = input.subarray(at + 2, at + 10);
    const number = rest.length === 8 ? rest.readDoubleLE(0) : rest.length;
    const values = [null, number, Math.trunc(number), rest, rest.toString("latin1"), undefined];
    row[column] = values[input[at + 1]! % values.length];
  }
  return row;
}

fuzz({
  test,
  name: "rows of entries",
  corpus: corpus("rows"),
  covers: /sqlite\/src\/(row|checksum)\.ts/,
  seeds: [Buffer.alloc(0), Buffer.from([0, 1, 0, 0, 0, 0, 0, 0, 240, 63]), Buffer.alloc(20, 3)],
  run(input) {
    const [storedAt, expiresAt, cost, body, stored, sum, bytes] = rowIn(input);
    const entry = entryOf([storedAt, expiresAt, cost, body, stored], 7, "key");
    const info = headOf([storedAt, expiresAt, cost, sum, bytes], 7, "key");
    // Whatever is given, what is taken for sound is what was written.
    if (entry !== undefined) {
      expect(Buffer.from(entry.value).equals(value)).toBe(true);
      expect([entry.storedAt, entry.expiresAt, entry.cost]).toEqual([1, 2, undefined]);
    }
    if (info !== undefined) expect(info).toEqual(record);
  },
});

fuzz({
  test,
  name: "names of mappings and places of keys",
  corpus: corpus("names"),
  covers: /sqlite\/src\/(id|place)\.ts/,
  seeds: [idBytes("a mapping"), Buffer.alloc(500, 97), Buffer.from([0, 216, 0, 220, 0, 216])],
  run(input) {
    const text = idOf(input, idChecksum(input));
    if (text !== undefined && input.length % 2 === 0) {
      expect(Buffer.from(idBytes(text)).equals(input)).toBe(true);
    }
    expect(idOf(input, idChecksum(input) ^ 1)).toBeUndefined();
    expect(idOf(input.toString(), 0)).toBeUndefined();
    const key = input.toString("latin1");
    expect(isLong(key) ? placeOf(key).length : placeOf(key)).toEqual(isLong(key) ? 243 : key);
  },
});

const salts = Buffer.from("saltsalt");
const index = {
  pageBytes: 512,
  frames: 3,
  isCopied: false,
  pages: 9,
  salts,
  pageOf: (frame: number) => frame + 2,
};
const framesIn = (bytes: Buffer, pageBytes = 512): number =>
  Math.max(0, Math.floor((bytes.length - 32) / (24 + pageBytes)));
const placeOfFrame = (frame: number): number => 32 + frame * (24 + 512);
const unsealed = Buffer.alloc(placeOfFrame(3), 7);
for (const frame of [0, 1, 2]) {
  unsealed.writeUInt32BE(index.pageOf(frame), placeOfFrame(frame));
  salts.copy(unsealed, placeOfFrame(frame) + 8);
}
const log = rewritten(unsealed, index)!;

fuzz({
  test,
  name: "logs of writes",
  corpus: corpus("write-logs"),
  covers: /sqlite\/src\/log\/log-(frames|checksum)\.ts/,
  seeds: [log, log.subarray(0, 700), Buffer.concat([log, log.subarray(32)])],
  run(input) {
    const bytes = Buffer.from(input);
    const header = headerOf(bytes);
    if (header !== undefined) {
      const most = framesIn(bytes, header.pageBytes);
      expect(soundFrames(bytes, header)).toBeLessThanOrEqual(most);
    }
    const frames = framesIn(bytes);
    if (frames === 0) return;
    const pageOf = (frame: number): number => bytes.readUInt32BE(placeOfFrame(frame));
    // Whatever it was, all of it is sound afterwards.
    for (const each of [{ ...index, pageOf }, index]) {
      const made = rewritten(bytes, { ...each, frames });
      if (made !== undefined) expect(soundFrames(made, headerOf(made)!)).toBe(frames);
    }
  },
});

fuzz({
  test,
  name: "indexes of logs",
  corpus: corpus("log-indexes"),
  covers: /sqlite\/src\/log\/log-(index|checksum)\.ts/,
  seeds: [logIndex(), logIndex(4500), logIndex().subarray(0, 500)],
  mend: (input) => signed(Buffer.from(input)),
  run(input) {
    const found = logIndexIn(input);
    if (found === undefined) return;
    for (let frame = 0; frame < found.frames; frame += 97) {
      expect(found.pageOf(frame)).toBeGreaterThanOrEqual(0);
    }
    expect(found.salts.length).toBe(8);
  },
});

fuzz({
  test,
  name: "rows on pages",
  corpus: corpus("payloads"),
  covers: /sqlite\/src\/pages\//,
  seeds: [
    Buffer.from([6, 0, 1, 7, 18, 23, 5, 63, 240, 0, 0, 0, 0, 0, 0, 1, 2, 3, 97, 98, 99, 100, 101]),
    Buffer.from([5, 8, 9, 6, 12, 0, 0, 0, 0, 0, 0, 0, 7]),
  ],
  run(input) {
    try {
      const columns = decodePayload(input);
      expect(columns.length).toBeLessThanOrEqual(input.length);
    } catch (error) {
      // Who reads pages takes it for no row.
      expect((error as { code?: unknown; name?: unknown }).name).toBe("RangeError");
    }
  },
});

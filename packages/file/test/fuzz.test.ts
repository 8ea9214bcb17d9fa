import { crc32 } from "node:zlib";
import { expect, test } from "@jest/globals";
import { mixView } from "@class-cache/mapping/disk";
import { fuzz } from "@class-cache/testkit/fuzzing";
import { fileCalls } from "../src/file-calls.ts";
import { inspectLog } from "../src/inspect-log.ts";
import { lengthNote } from "../src/length-note.ts";
import { KeyHash } from "../src/key-hash.ts";
import { readManifest } from "../src/manifest.ts";
import { decodePointer, encodePointer, POINTER_BYTES } from "../src/pointer.ts";
import {
  dataOf,
  DELETED,
  nextMark,
  PLAIN,
  POINTER,
  RecordView,
  SEAL,
  soundRecord,
  SUPERSEDED,
  TAIL_BYTES,
  VOID,
} from "../src/record.ts";
import { EVEN, evenFlags } from "../src/record-layout.ts";
import { RecordWriter } from "../src/record-writer.ts";
import { scanRecords } from "../src/scan.ts";

const corpus = (name: string): URL => new URL(`corpus/${name}/`, import.meta.url);
const SALT = 0x5a17;

const writer = new RecordWriter();
const times = { storedAt: 1, expiresAt: 2, cost: undefined };
const frames = [0, DELETED, POINTER, SEAL].map(
  (flags) =>
    writer.frame(SALT, { flags, hash: KeyHash.of("key"), ...times }, "key", Buffer.from("value"))
      .bytes,
);

/** Makes the checksums of all records right that lie whole in a log. */
function mendLog(log: Buffer): Buffer {
  const data = dataOf(log);
  for (let at = 0; (at = nextMark(log, at)) >= 0; at += 1) {
    const record = new RecordView(log, at, data);
    const end = at + record.length - TAIL_BYTES;
    if (end + TAIL_BYTES > log.length) continue;
    log[at + 1] = (log[at + 1]! & ~EVEN) | evenFlags(log, at);
    data.setInt32(end, mixView(SALT, data, at + 1, end), true);
    // Bytes of a record that look like the beginning of another stay as they are.
    at = end + TAIL_BYTES - 1;
  }
  return log;
}

test("the checksums that fuzzing makes right are those of the format", () => {
  for (const frame of frames) expect(mendLog(Buffer.from(frame)).equals(frame)).toBe(true);
});

const header = Buffer.concat([Buffer.from("ccBlock\u0001"), Buffer.alloc(8), lengthNote(24, SALT)]);

fuzz({
  test,
  name: "logs of records",
  corpus: corpus("logs"),
  covers: /file\/src\/(record|record-layout|scan|inspect-log|length-note)\.ts/,
  seeds: [...frames, Buffer.concat(frames), Buffer.concat([header, ...frames])],
  words: [Buffer.of(PLAIN), Buffer.of(SUPERSEDED), Buffer.of(VOID)],
  mend: mendLog,
  run(input) {
    let last = 0;
    let bytes = 0;
    const { end, damaged } = scanRecords(input, 0, SALT, (record, at) => {
      expect(at).toBeGreaterThanOrEqual(last);
      last = at + record.length;
      bytes += record.length;
      expect(last).toBeLessThanOrEqual(input.length);
      expect(soundRecord(record.bytes, SALT)).toBeDefined();
      expect(record.key.length + record.value.length).toBeLessThanOrEqual(record.length);
      return true;
    });
    // Every byte is a record's, damaged, or left for the next scan.
    expect(bytes + damaged).toBe(end);
    for (const { offset } of inspectLog(input, input.length, SALT).damages) {
      expect(offset).toBeLessThanOrEqual(input.length);
    }
  },
});

fuzz({
  test,
  name: "single records",
  corpus: corpus("records"),
  covers: /file\/src\/record\.ts/,
  seeds: frames,
  run(input) {
    const record = soundRecord(input, SALT);
    // What is sound without a mended checksum is what was written, but for its mark.
    if (record === undefined) return;
    expect(frames.some((frame) => frame.subarray(1).equals(input.subarray(1)))).toBe(true);
  },
});

fuzz({
  test,
  name: "pointers to segments",
  corpus: corpus("pointers"),
  covers: /file\/src\/pointer\.ts/,
  seeds: [encodePointer({ segment: 1, offset: 2, length: 3, valueBytes: 4 })],
  run(input) {
    const bytes = Buffer.concat([input, Buffer.alloc(POINTER_BYTES)]).subarray(0, POINTER_BYTES);
    const pointer = decodePointer(bytes);
    expect(decodePointer(encodePointer(pointer))).toEqual(pointer);
  },
});

const manifest = { format: "class-cache file blocks", version: 4, id: "an id" };

function mendManifest(text: Buffer): Buffer {
  try {
    const { format, version, id } = JSON.parse(text.toString()) as typeof manifest;
    const checksum = crc32(JSON.stringify([format, version, id]));
    return Buffer.from(JSON.stringify({ format, version, id, checksum }));
  } catch {
    return text;
  }
}

fuzz({
  test,
  name: "manifests",
  corpus: corpus("manifests"),
  covers: /file\/src\/manifest\.ts/,
  seeds: [mendManifest(Buffer.from(JSON.stringify(manifest)))],
  words: ['"', "{}", "[]", "null", ":1e9", "\\u0000", "__proto__"].map((word) => Buffer.from(word)),
  mend: mendManifest,
  run(input) {
    const calls = { ...fileCalls, readFileSync: () => input.toString() };
    try {
      const found = readManifest(calls, "a folder");
      if (found !== undefined) expect(typeof found.id).toBe("string");
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_FORMAT_VERSION" });
    }
  },
});

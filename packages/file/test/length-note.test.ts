import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { Block } from "../src/block.ts";
import {
  draftBlockFile,
  FILE_HEADER_BYTES,
  LENGTH_NOTE_AT,
  notedLength,
} from "../src/block-file.ts";
import { fileCalls } from "../src/file-calls.ts";
import { KeyHash } from "../src/key-hash.ts";
import type { RecordView } from "../src/record.ts";
import { RecordWriter } from "../src/record-writer.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const SALT = 7;
const writer = new RecordWriter();

function frame(key: string): RecordView {
  const none = { storedAt: 1, expiresAt: undefined, cost: undefined };
  return writer.frame(SALT, { flags: 0, hash: KeyHash.of(key), ...none }, key, Buffer.of(1));
}

const noReport = (error: Error): void => {
  throw error;
};

async function newBlock(): Promise<() => Block> {
  const folder = temporaryFolder();
  (await draftBlockFile(fileCalls, folder, "", SALT)).publish();
  return () => new Block(fileCalls, folder, "", SALT);
}

test("a writer that has not seen the newest records leaves the longer length that another noted", async () => {
  const open = await newBlock();
  const [swift, slow] = [open(), open()];
  slow.append([frame("first")], noReport);
  swift.append([frame("second")], noReport);
  swift.writeOwed();
  slow.writeOwed();
  const log = readFileSync(swift.path);
  expect(notedLength(log, SALT)).toBe(log.length);
  for (const block of [swift, slow]) block.close();
});

test("that a block was cut is told to who opens it, until it has grown past that, and to who has it open", async () => {
  const open = await newBlock();
  const early = open();
  early.append([frame("first")], noReport);
  const { length } = readFileSync(early.path);
  early.append([frame("second")], noReport);
  early.writeOwed();
  truncateSync(early.path, length);
  const reports: Error[] = [];
  const late = open();
  late.refresh((error) => reports.push(error));
  expect(reports).toMatchObject([{ code: "ERR_DAMAGED", message: expect.stringContaining("cut") }]);
  late.refresh(noReport);
  early.refresh((error) => reports.push(error));
  expect(reports.length).toBe(2);
  late.append([frame("second"), frame("third")], noReport);
  late.writeOwed();
  const later = open();
  expect(later.refresh(noReport)).toBe("live");
  for (const block of [early, late, later]) block.close();
});

test("a length that is damaged costs nothing, and the next write notes it anew", async () => {
  const open = await newBlock();
  const early = open();
  early.append([frame("first")], noReport);
  early.writeOwed();
  early.close();
  const log = readFileSync(early.path);
  for (let at = LENGTH_NOTE_AT; at < FILE_HEADER_BYTES; at += 1) {
    const damaged = Buffer.from(log);
    damaged[at]! ^= 0x10;
    expect(notedLength(damaged, SALT)).toBeUndefined();
    writeFileSync(early.path, damaged);
    const late = open();
    expect(late.refresh(noReport)).toBe("live");
    expect(late.index.count).toBe(1);
    late.append([frame("second")], noReport);
    late.writeOwed();
    const grown = readFileSync(early.path);
    expect(notedLength(grown, SALT)).toBe(grown.length);
    late.close();
  }
});

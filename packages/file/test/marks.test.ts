import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { Block } from "../src/block.ts";
import { draftBlockFile, FILE_HEADER_BYTES } from "../src/block-file.ts";
import type { FileCalls } from "../src/file-calls.ts";
import { fileCalls } from "../src/file-calls.ts";
import { KeyHash } from "../src/key-hash.ts";
import type { RecordView } from "../src/record.ts";
import { DELETED, IF_ABSENT, SEAL, SUPERSEDED } from "../src/record.ts";
import { RecordWriter } from "../src/record-writer.ts";
import { scanRecords } from "../src/scan.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("a default that was not needed leaves the entry in place for a fresh reader", async () => {
  const dir = temporaryFolder();
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, number>("marks");
  await mapping.set("key", 1);
  expect(await mapping.setDefault("key", 2)).toBe(1);
  await using fresh = fileBlocks({ dir });
  expect(await fresh.open("marks").get("key")).toBe(1);
});

test("a default that was needed and overwritten since is gone for a fresh reader", async () => {
  const dir = temporaryFolder();
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, number>("marks");
  expect(await mapping.setDefault("key", 1)).toBe(1);
  await mapping.set("key", 2);
  await mapping.delete("key");
  await using fresh = fileBlocks({ dir });
  expect(await fresh.open("marks").size()).toBe(0);
});

const SALT = 7;
const KEY = "key";
const HASH = KeyHash.of(KEY);

function frame(flags: number, text: string, isFirst?: boolean): RecordView {
  const head = { flags, hash: HASH, storedAt: 1, expiresAt: undefined, cost: undefined };
  return new RecordWriter().frame(SALT, head, KEY, Buffer.from(text), isFirst);
}

const report = (error: Error): void => {
  throw error;
};

/** A block that two processes have open, one of which is held up before it makes a call. */
async function heldUp(
  call: "fstatSync" | "readSync",
  meanwhile: (swift: Block) => void,
): Promise<{ swift: Block; slow: Block }> {
  const folder = temporaryFolder();
  (await draftBlockFile(fileCalls, folder, "", SALT)).publish();
  const swift = new Block(fileCalls, folder, "", SALT);
  swift.append([frame(0, "first")], report);
  let isOver = false;
  const held = (...args: unknown[]): unknown => {
    if (!isOver && slow.isOpen && (call === "fstatSync" || args[4] !== 0)) {
      isOver = true;
      meanwhile(swift);
      swift.writeOwed();
    }
    return (fileCalls[call] as (...args: unknown[]) => unknown)(...args);
  };
  const slow = new Block({ ...fileCalls, [call]: held } as FileCalls, folder, "", SALT);
  if (call === "fstatSync") {
    isOver = true;
    slow.refresh(report);
    isOver = false;
  }
  return { swift, slow };
}

test("a default that came to a present entry is not taken for one that was needed, however late its writer looks", async () => {
  const { swift, slow } = await heldUp("fstatSync", (other) => {
    other.append([frame(DELETED, "")], report);
  });
  expect(slow.append([frame(IF_ABSENT, "default")], report)).toBe(0);
  expect(swift.refresh(report)).toBe("live");
  for (const block of [swift, slow]) expect(block.index.find(HASH)).toBeUndefined();
  swift.close();
  slow.close();
});

test("an entry that is replaced while it is looked for is never absent", async () => {
  const { swift, slow } = await heldUp("readSync", (other) => {
    other.append([frame(0, "second")], report);
  });
  slow.refresh(report);
  const place = slow.index.find(HASH);
  expect(place && slow.read(place, report)?.value.toString()).toBe("second");
  swift.close();
  slow.close();
});

test("a record behind the seal is never taken for written, though another says the same before it", async () => {
  for (const group of [1, 2]) {
    const { swift, slow } = await heldUp("fstatSync", () => {});
    const frames = (): RecordView[] =>
      ["same", "second"].slice(0, group).map((text, at) => frame(0, text, group > 1 && at === 0));
    swift.append(frames(), report);
    swift.append([frame(0, "later")], report);
    swift.seal(frame(SEAL, ""), report);
    expect(slow.append(frames(), report)).toBe("sealed");
    swift.close();
    slow.close();
  }
});

test("what a record superseded is marked, also where another says the same", async () => {
  const { swift, slow } = await heldUp("readSync", () => {});
  swift.append([frame(0, "same")], report);
  swift.append([frame(0, "between")], report);
  expect(slow.append([frame(0, "same")], report)).toBe(1 + 1);
  slow.writeOwed();
  const marks = new Set<number | undefined>();
  swift.refresh(report);
  const log = readFileSync(swift.path);
  scanRecords(log, FILE_HEADER_BYTES, SALT, (record) => {
    if (record.value.toString() === "between") marks.add(record.mark);
    return true;
  });
  expect([...marks]).toEqual([SUPERSEDED]);
  swift.close();
  slow.close();
});

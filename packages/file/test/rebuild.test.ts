import { expect, test } from "@jest/globals";
import { Block } from "../src/block.ts";
import { draftBlockFile } from "../src/block-file.ts";
import { fileCalls } from "../src/file-calls.ts";
import { KeyHash } from "../src/key-hash.ts";
import { draftSuccessors } from "../src/rebuild.ts";
import type { RecordView } from "../src/record.ts";
import { DELETED, IF_ABSENT, SEAL } from "../src/record.ts";
import { RecordWriter } from "../src/record-writer.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const SALT = 7;
const writer = new RecordWriter();

function frame(flags: number, key: string, text: string): RecordView {
  const none = { storedAt: 1, expiresAt: undefined, cost: undefined };
  const hash = KeyHash.of(key);
  const isEmpty = (flags & (DELETED | SEAL)) !== 0;
  return writer.frame(SALT, { flags, hash, ...none }, isEmpty ? "" : key, Buffer.from(text));
}

const report = (error: Error): void => {
  throw error;
};

/** A block of two entries, `a` and `b`, that has been rebuilt; what is done meanwhile is done to the old one. */
async function rebuilt(meanwhile: (block: Block) => void): Promise<() => Block> {
  const folder = temporaryFolder();
  (await draftBlockFile(fileCalls, folder, "", SALT)).publish();
  const open = (): Block => new Block(fileCalls, folder, "", SALT);
  const block = open();
  block.append([frame(0, "a", "first"), frame(0, "b", "first")], report);
  const epoch = { number: 1, folder, salt: SALT };
  const limits = { maxBlockBytes: 1e6, now: 0 };
  const successors = await draftSuccessors(fileCalls, epoch, block, writer, limits, report);
  meanwhile(block);
  expect(block.seal(frame(SEAL, "", ""), report)).toBe("sealed");
  successors.publish(report);
  block.close();
  return open;
}

function valueIn(block: Block, key: string): string | undefined {
  block.refresh(report);
  const place = block.index.find(KeyHash.of(key));
  return place && block.read(place, report)?.value.toString();
}

test("a default that is set to an entry deleted while its block was rebuilt counts for every process", async () => {
  const open = await rebuilt((block) => {
    block.append([frame(DELETED, "a", "")], report);
  });
  const block = open();
  expect(block.append([frame(IF_ABSENT, "a", "default")], report)).toBe(1);
  const fresh = open();
  for (const each of [block, fresh]) expect(valueIn(each, "a")).toBe("default");
  for (const each of [block, fresh]) each.close();
});

test("what was deleted or replaced while its block was rebuilt stays so, for who reads on and who begins anew", async () => {
  const open = await rebuilt((block) => {
    block.append([frame(DELETED, "a", "")], report);
    block.append([frame(0, "b", "second")], report);
  });
  const early = open();
  expect([valueIn(early, "a"), valueIn(early, "b")]).toEqual([undefined, "second"]);
  early.append([frame(0, "c", "new")], report);
  const fresh = open();
  for (const block of [early, fresh]) {
    expect([valueIn(block, "a"), valueIn(block, "b")]).toEqual([undefined, "second"]);
    expect(valueIn(block, "c")).toBe("new");
    block.close();
  }
});

/**
 * Has the device refuse the first file of the first split at once and take long over the others, and
 * tells how many files came to be after the split had ended.
 */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileBlocks } from "@class-cache/file";
import { childArguments, say } from "@class-cache/testkit/processes";
import { fileCalls } from "../../src/file-calls.ts";
import { FileBlockBackend } from "../../src/file-blocks.ts";

const { dir } = childArguments<{ dir: string }>();
let flushes = 0;
let isSplitting = false;
const fsync = async (fd: number): Promise<void> => {
  if (isSplitting) {
    flushes += 1;
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    if (flushes === 1) throw full;
    await sleep(50);
  }
  return fileCalls.fsync(fd);
};

const reports: string[] = [];
const backend = fileBlocks({ dir, maxBlockBytes: 1_000_000 });
await backend
  .open("id")
  .setMany(Array.from({ length: 29 }, (_, key): [number, string] => [key, "v".repeat(99)]));
const small = new FileBlockBackend({ dir, maxBlockBytes: 1000 }, { ...fileCalls, fsync });
const mapping = small.open<number, string>("id", {
  onError: ({ message }) => reports.push(message),
});
const blocks = (): number =>
  readdirSync(dir, { recursive: true }).filter((name) => String(name).endsWith(".block")).length;
isSplitting = true;
await mapping.set(29, "v".repeat(99));
const before = blocks();
isSplitting = false;
await sleep(150);
const late = blocks() - before;
let values = 0;
for (let key = 0; key < 30; key += 1) if ((await mapping.get(key))?.length === 99) values += 1;
await mapping.prune();
say(JSON.stringify({ late, reports, values }));
await small.close();
await backend.close();

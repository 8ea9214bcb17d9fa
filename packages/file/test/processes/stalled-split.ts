/**
 * Has the device refuse the first file of the first split at once and take long over the others, and
 * tells how many files came to be after the split had ended.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir } = childArguments<{ dir: string }>();
let failures = 0;
let isSplitting = false;
const { fsync } = fs;
const slow = (fd: number, done: (error: Error | null) => void): void => {
  if (!isSplitting) return fsync(fd, done);
  failures += 1;
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  if (failures === 1) setImmediate(done, full);
  else setTimeout(() => fsync(fd, done), 50);
};
Object.assign(fs, { fsync: slow });
syncBuiltinESMExports();

const { fileBlocks } = await import("@class-cache/file");
const reports: string[] = [];
const backend = fileBlocks({ dir, maxBlockBytes: 1_000_000 });
await backend
  .open("id")
  .setMany(Array.from({ length: 29 }, (_, key): [number, string] => [key, "v".repeat(99)]));
const small = fileBlocks({ dir, maxBlockBytes: 1000 });
const mapping = small.open<number, string>("id", {
  onError: ({ message }) => reports.push(message),
});
const blocks = (): number =>
  fs.readdirSync(dir, { recursive: true }).filter((name) => String(name).endsWith(".block")).length;
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

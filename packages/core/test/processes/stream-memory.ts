/**
 * Has two consumers read a stream of many megabytes, the second only when the first has come to the end.
 * Prints the most memory that was in use above what was at the start, in bytes, and what they have read.
 */
import { cached, configure } from "@class-cache/core";
import { fileBlocks } from "@class-cache/file";
import { say } from "@class-cache/testkit/processes";

const ITEM_BYTES = 64 * 1024;
const SAMPLED = 200;

const { folder, bytes } = await options();
configure({ backend: fileBlocks({ dir: folder }) });
const count = Math.ceil(bytes / ITEM_BYTES);
let runs = 0;

class Large {
  @cached() async *all(): AsyncGenerator<Uint8Array> {
    runs += 1;
    for (let at = 0; at < count; at += 1) yield new Uint8Array(ITEM_BYTES).fill(at % 251);
  }
}

function inUse(): number {
  // The second waits for what the first still sweeps in the background.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** @returns how many items came as they should */
async function read(stream: AsyncGenerator<Uint8Array>, from: number): Promise<number> {
  let at = from;
  for await (const item of stream) {
    const isRight = item.byteLength === ITEM_BYTES && item[0] === at % 251;
    if (!isRight) throw new Error(`Item ${at} is wrong.`);
    at += 1;
    if (at % SAMPLED === 0) most = Math.max(most, inUse());
  }
  return at;
}

const large = new Large();
const slow = large.all();
await slow.next();
const before = inUse();
let most = before;
const first = await read(large.all(), 0);
const second = await read(slow, 1);
const third = await read(large.all(), 0);
say(JSON.stringify({ most: most - before, read: [first, second, third], runs }));
process.exit(0);

async function options(): Promise<{ folder: string; bytes: number }> {
  for await (const chunk of process.stdin) {
    return JSON.parse(String(chunk)) as { folder: string; bytes: number };
  }
  throw new Error("No options were given.");
}

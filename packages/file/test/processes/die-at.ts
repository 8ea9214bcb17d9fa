/**
 * Does one thing to a store and kills itself right before the given step, a step being a call that
 * changes files. Says `step <number>` at the end when it got there.
 */
import { constants } from "node:fs";
import { childArguments, say } from "@class-cache/testkit/processes";
import { LENGTH_NOTE_AT } from "../../src/block-file.ts";
import type { FileCalls } from "../../src/file-calls.ts";
import { fileCalls } from "../../src/file-calls.ts";
import { FileBlockBackend } from "../../src/file-blocks.ts";

const { dir, scenario, step } = childArguments<{ dir: string; scenario: string; step: number }>();
let steps = 0;
let isCounting = false;

const changing: readonly (keyof FileCalls)[] = [
  "openSync",
  "writeSync",
  "writevSync",
  "writeFileSync",
  "renameSync",
  "rmSync",
  "mkdirSync",
  "ftruncateSync",
  "writev",
  "fsync",
  "fdatasync",
];
type AnyCall = (...args: unknown[]) => unknown;
const counted = changing.map((name) => {
  const call = (...args: unknown[]): unknown => {
    const isReading = name === "openSync" && (args[1] === "r" || args[1] === constants.O_RDONLY);
    // How often a length is noted depends on the turns of the event loop; a death before it is one after the step before.
    const isNoting =
      (name === "writeSync" && args[4] === LENGTH_NOTE_AT) ||
      (name === "openSync" && args[1] === constants.O_RDWR);
    if (isCounting && !isReading && !isNoting) {
      steps += 1;
      if (steps === step) process.kill(process.pid, "SIGKILL");
    }
    return (fileCalls[name] as AnyCall)(...args);
  };
  return [name, call] as const;
});
const calls = { ...fileCalls, ...Object.fromEntries(counted) } as FileCalls;
const backend = new FileBlockBackend({ dir, maxBlockBytes: 2000 }, calls);
const mapping = backend.open<string, string>("mapping");
const acts: Record<string, () => Promise<unknown>> = {
  async first() {
    await mapping.set("new", "new");
    say("a new");
  },
  // The blocks hold almost as much as they may: a few more and the first splits.
  async split() {
    for (let index = 0; index < 12; index += 1) {
      await mapping.set(`new ${index}`, "new");
      say(`a new ${index}`);
    }
  },
  async compaction() {
    for (let index = 0; index < 8; index += 1) await mapping.set("overwritten", "v".repeat(20_000));
  },
  async clear() {
    await mapping.clear();
  },
  async drop() {
    await backend.drop("mapping");
  },
  async collection() {
    for (let index = 0; index < 4; index += 1) await mapping.delete(`large ${index}`);
    await mapping.prune();
  },
  async large() {
    await mapping.set("new", "new".repeat(20_000));
    say("a new");
    await mapping.set("new large", "new".repeat(300_000));
    say("a new large");
  },
};
if (scenario !== "first") await mapping.has("anything");
isCounting = true;
await acts[scenario]?.();
isCounting = false;
say(`step ${steps}`);

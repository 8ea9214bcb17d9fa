/**
 * Does one thing to a store and kills itself right before the given step, a step being a call that
 * changes files. Says `step <number>` at the end when it got there.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { childArguments } from "@class-cache/testkit/processes";

const { dir, scenario, step } = childArguments<{ dir: string; scenario: string; step: number }>();
const say = (line: string): void => void tell(1, `${line}\n`);
const tell = fs.writeSync;
let steps = 0;
let isCounting = false;

const changing = [
  "openSync",
  "writeSync",
  "writeFileSync",
  "renameSync",
  "rmSync",
  "mkdirSync",
  "write",
  "fsync",
  "fdatasync",
] as const;
const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of changing) {
  const original = functions[name];
  if (original === undefined) throw new Error(`There is no fs.${name}.`);
  const counted = (...args: unknown[]): unknown => {
    const isReading = name === "openSync" && args[1] === "r";
    if (isCounting && !isReading) {
      steps += 1;
      if (steps === step) process.kill(process.pid, "SIGKILL");
    }
    return original(...args);
  };
  Object.defineProperties(counted, Object.getOwnPropertyDescriptors(original));
  functions[name] = counted;
}
syncBuiltinESMExports();

const { fileBlocks } = await import("@class-cache/file");
const backend = fileBlocks({ dir, maxBlockBytes: 2000 });
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

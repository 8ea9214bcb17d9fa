/**
 * Takes a lease again and again, and appends its number to a file at the beginning and the end of
 * each hold; or takes it once and keeps it.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileBlocks } from "@class-cache/file";
import { childArguments, say } from "./arguments.ts";

const { dir, name, log, number, rounds } = childArguments<{
  dir: string;
  name: string;
  log?: string;
  number: number;
  rounds: number;
}>();
const backend = fileBlocks({ dir });
for (let round = 0; round < rounds; round += 1) {
  const lease = await backend.lease(name);
  if (log === undefined) {
    say("held");
    await sleep(60_000);
  } else {
    appendFileSync(log, `begin ${number}\n`);
    await sleep(round % 2);
    appendFileSync(log, `end ${number}\n`);
  }
  await lease.release();
}
await backend.close();

/** Takes a lease and keeps it. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileBlocks } from "@class-cache/file";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, name } = childArguments<{ dir: string; name: string }>();
await fileBlocks({ dir }).lease(name);
say("held");
await sleep(60_000);

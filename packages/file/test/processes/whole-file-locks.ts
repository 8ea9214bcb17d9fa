/**
 * Locks as on a platform that has them for whole files alone. The addon is loaded before this process
 * says that it is such a platform, since it would look for that platform's build.
 */
import { readdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { childArguments, say } from "@class-cache/testkit/processes";

createRequire(import.meta.resolve("@class-cache/mapping/disk"))("fs-native-extensions");
Object.defineProperty(process, "platform", { value: "darwin" });
const { fileBlocks } = await import("@class-cache/file");

const { dir, task } = childArguments<{ dir: string; task: "keep" | "move" | "use" }>();
const backend = fileBlocks({ dir });
if (task === "keep") {
  await backend.lease("name");
  say("held");
  setInterval(() => {}, 60_000);
} else if (task === "move") {
  const lease = await backend.lease("name");
  renameSync(dir, `${dir}.old`);
  await using other = fileBlocks({ dir });
  const held = await other.lease("name");
  await lease.release();
  say(`${readdirSync(join(dir, "lock-files")).length} held`);
  await held.release();
  await backend.close();
} else {
  const lease = await backend.lease("name");
  say("granted");
  await lease.release();
  const mapping = backend.open<number, string>("id");
  for (let key = 0; key < 50; key += 1) await mapping.set(key, "v".repeat(key * 1000));
  await mapping.clear();
  await mapping.set(1, "here");
  await backend.lease("left to the end");
  await backend.close();
}

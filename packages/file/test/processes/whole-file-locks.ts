/**
 * Locks as on a platform that has them for whole files alone. The addon is loaded before this process
 * says that it is such a platform, since it would look for that platform's build.
 */
import { createRequire } from "node:module";
import { childArguments, say } from "@class-cache/testkit/processes";

createRequire(import.meta.resolve("@class-cache/mapping/disk"))("fs-native-extensions");
Object.defineProperty(process, "platform", { value: "darwin" });
const { fileBlocks } = await import("@class-cache/file");

const { dir, keep } = childArguments<{ dir: string; keep: boolean }>();
const backend = fileBlocks({ dir });
if (keep) {
  await backend.lease("name");
  say("held");
  setInterval(() => {}, 60_000);
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

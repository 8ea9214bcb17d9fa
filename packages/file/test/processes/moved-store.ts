/** Writes to a store whose folder was moved just now, and says when each write has ended. */
import { renameSync } from "node:fs";
import { fileBlocks } from "@class-cache/file";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, isMadeAnew } = childArguments<{ dir: string; isMadeAnew: boolean }>();
await using backend = fileBlocks({ dir });
const mapping = backend.open<string, string>("id");
await mapping.set("small", "before");
renameSync(dir, `${dir}.old`);
if (isMadeAnew) {
  await using other = fileBlocks({ dir });
  await other.open("id").set("other", "by the other");
}
await mapping.set("large", "x".repeat(8192));
say("large");
await mapping.set("huge", "x".repeat(2 ** 20));
say("huge");
say(`${(await mapping.get("large"))?.length} ${(await mapping.get("huge"))?.length}`);

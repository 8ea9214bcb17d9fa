/** Uses a store and does not close it. */
import { level } from "@class-cache/level";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir } = childArguments<{ dir: string }>();
const mapping = level({ dir }).open<string, number>("m");
await mapping.set("key", ((await mapping.get("key")) ?? 0) + 1);
say("done");

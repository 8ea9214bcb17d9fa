/** Takes a lease, says so, and keeps it. */
import { level } from "@class-cache/level";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, name } = childArguments<{ dir: string; name: string }>();
await level({ dir }).lease(name);
say("holds");
setInterval(() => {}, 1000);

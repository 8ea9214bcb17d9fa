/** Becomes the owner of each of the stores, says so, and stays it. */
import { level } from "@class-cache/level";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dirs } = childArguments<{ dirs: string[] }>();
for (const dir of dirs) await level({ dir }).open("opened by the owner").size();
say("owns");
// Nothing else keeps an owner alive.
setInterval(() => {}, 1000);

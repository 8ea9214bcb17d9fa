/** Writes under a limit, and says how many entries it ever saw in the store at most. */
import { level } from "@class-cache/level";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, number, maxEntries, writes } = childArguments<{
  dir: string;
  number: number;
  maxEntries: number;
  writes: number;
}>();
await using backend = level({ dir, maxEntries });
const mapping = backend.open<[number, number], number>("limited");
let most = 0;
for (let index = 0; index < writes; index += 1) {
  await mapping.set([number, index], index);
  if (index % 20 === 0) most = Math.max(most, await mapping.size());
}
say(String(most));

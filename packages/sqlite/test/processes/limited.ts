/** Writes under a limit, and says how far beyond it it ever saw the store. */
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { path, number, maxEntries, writes } = childArguments<{
  path: string;
  number: number;
  maxEntries: number;
  writes: number;
}>();
await using backend = sqlite({ path, maxEntries });
const mapping = backend.open<[number, number], number>("limited");
let most = 0;
for (let index = 0; index < writes; index += 1) {
  await mapping.set([number, index], index);
  if (index % 20 === 0) most = Math.max(most, await mapping.size());
}
say(String(most));

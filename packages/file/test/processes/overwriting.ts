/** Fills a store with large entries, and overwrites them for ever, in no order, with a prune now and then. */
import { fileBlocks } from "@class-cache/file";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, maxBlockBytes, keys } = childArguments<{
  dir: string;
  maxBlockBytes?: number;
  keys: readonly string[];
}>();
const mapping = fileBlocks({ dir, maxBlockBytes }).open<string, string>("id");
const overwrite = (key: string): Promise<void> =>
  mapping.set(key, "v".repeat(5_000 + Math.floor(Math.random() * 40_000)));
for (const key of keys) await overwrite(key);
say("filled");
for (let write = 1; ; write += 1) {
  await overwrite(keys[Math.floor(Math.random() * keys.length)]!);
  if (write % 500 === 0) await mapping.prune();
}

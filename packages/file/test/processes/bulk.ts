/** Writes or checks the bulk of values. */
import { deepStrictEqual } from "node:assert";
import { fileBlocks } from "@class-cache/file";
import { BULK_COUNT, bulkValue } from "../bulk-values.ts";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, task } = childArguments<{ dir: string; task: "write" | "check" }>();
await using backend = fileBlocks({ dir });
const mapping = backend.open<number, unknown>("bulk");
for (let index = 0; index < BULK_COUNT; index += 1) {
  if (task === "write") await mapping.set(index, bulkValue(index));
  else deepStrictEqual(await mapping.get(index), bulkValue(index));
}
let count = 0;
for await (const [index, value] of mapping) {
  deepStrictEqual(value, bulkValue(index));
  count += 1;
}
say(`${await mapping.size()} ${count}`);

/** Writes the keys of its number, each as `[number, index]`, and reads them back. */
import { level } from "@class-cache/level";
import { childArguments, say } from "./arguments.ts";

const { dir, number, keys } = childArguments<{ dir: string; number: number; keys: number }>();
await using backend = level({ dir });
const mapping = backend.open<[number, number], unknown>("shared");
for (let index = 0; index < keys; index += 1) {
  await mapping.set([number, index], { number, index, text: "v".repeat(index * 300) });
}
let found = 0;
for (let index = 0; index < keys; index += 1) {
  if (await mapping.has([number, index])) found += 1;
}
say(`found ${found}`);

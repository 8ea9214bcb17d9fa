/** Writes the keys of its number, each as `[number, index]`. */
import { fileBlocks } from "@class-cache/file";
import { childArguments } from "./arguments.ts";

const { dir, number, keys, maxBlockBytes } = childArguments<{
  dir: string;
  number: number;
  keys: number;
  maxBlockBytes: number;
}>();
await using backend = fileBlocks({ dir, maxBlockBytes });
const mapping = backend.open("shared");
for (let index = 0; index < keys; index += 1) {
  await mapping.set([number, index], { number, index, text: "v".repeat(index * 10) });
}

/** Writes its keys one after the other, each acknowledged before the next. */
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "./arguments.ts";

const { path, number, keys } = childArguments<{ path: string; number: number; keys: number }>();
await using backend = sqlite({ path });
const mapping = backend.open<[number, number], unknown>("shared");
for (let index = 0; index < keys; index += 1) {
  await mapping.set([number, index], { number, index, text: "v".repeat(index * 10) });
}
say("done");

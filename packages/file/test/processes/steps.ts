/** Does steps one by one and tells the outcome of each. */
import { fileBlocks } from "@class-cache/file";
import { childArguments, say } from "@class-cache/testkit/processes";

type Step = [
  action: "get" | "set" | "delete" | "size" | "clear" | "prune",
  key: string,
  value: unknown,
];

const { dir, steps, maxBlockBytes } = childArguments<{
  dir: string;
  steps: Step[];
  maxBlockBytes?: number;
}>();
const backend = fileBlocks({ dir, maxBlockBytes });
const mapping = backend.open<string, unknown>("id");
for (const [action, key, value] of steps) {
  try {
    const outcome =
      action === "get" || action === "delete"
        ? await mapping[action](key)
        : action === "set"
          ? await mapping.set(key, value)
          : await mapping[action]();
    say(JSON.stringify({ value: outcome ?? null }));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    say(JSON.stringify({ code, message }));
  }
}
await backend.close();

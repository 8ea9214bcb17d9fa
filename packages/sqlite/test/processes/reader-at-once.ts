/** Reads the entries of one store after another, each from a moment on that others know too; says what it found. */
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { paths, keys, startMs, everyMs } = childArguments<{
  paths: readonly string[];
  keys: readonly string[];
  startMs: number;
  everyMs: number;
}>();
const found: string[][] = [];
for (const [number, path] of paths.entries()) {
  while (Date.now() < startMs + number * everyMs);
  await using backend = sqlite({ path });
  const mapping = backend.open<string, string>("a mapping", { onError() {} });
  const values = new Set<string>();
  for (const key of keys) values.add((await mapping.get(key)) ?? "nothing");
  found.push([...values]);
}
say(JSON.stringify(found));

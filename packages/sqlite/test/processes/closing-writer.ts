/** Again and again writes entries, says so, and closes its store, which copies the log into the database. */
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { path, rounds } = childArguments<{ path: string; rounds: number }>();
say("ready");
for (let round = 0; round < rounds; round += 1) {
  await using backend = sqlite({ path });
  const mapping = backend.open<string, string>("m");
  const keys = Array.from({ length: 20 }, (_, key) => `${round} ${key}`);
  await mapping.setMany(keys.map((key) => [key, `${key} `.repeat(200_000)] as const));
  for (const key of keys) say(key);
}

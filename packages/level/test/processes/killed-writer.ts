/** Writes entries, then others in their place, partly since tables were last made, says so, and stays as it is. */
import { setTimeout as sleep } from "node:timers/promises";
import { level } from "@class-cache/level";
import { childArguments, say } from "@class-cache/testkit/processes";

const {
  dir,
  entries,
  prunes = true,
} = childArguments<{
  dir: string;
  entries: Readonly<Record<string, string>>;
  prunes?: boolean;
}>();
const backend = level({ dir });
const mapping = backend.open<string, string>("a mapping");
const all = Object.entries(entries);
for (const [key] of all) await mapping.set(key, "the value before");
for (const [key, value] of all.slice(all.length / 2)) await mapping.set(key, value);
if (prunes) await mapping.prune();
for (const [key, value] of all.slice(0, all.length / 2)) await mapping.set(key, value);
// Longer than it takes until the lengths of the files are noted.
await sleep(100);
say("written");
setInterval(() => {}, 1000);

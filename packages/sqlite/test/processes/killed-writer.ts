/** Writes entries twice, has the log copied after that or between if it is told to, says so, and stays as it is. */
import { DatabaseSync } from "node:sqlite";
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { path, entries, copies } = childArguments<{
  path: string;
  entries: Readonly<Record<string, string>>;
  copies: boolean | "between";
}>();
const backend = sqlite({ path });
const mapping = backend.open<string, string>("a mapping");
for (const key of Object.keys(entries)) await mapping.set(key, "the value before");
if (copies === "between") copyLog();
for (const [key, value] of Object.entries(entries)) await mapping.set(key, value);
const db = copies === true ? copyLog() : undefined;
say("written");
setInterval(() => db, 1000);

function copyLog(): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  return db;
}

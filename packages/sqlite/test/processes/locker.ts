/** Keeps a store locked for writing until it is told to end. */
import { DatabaseSync } from "node:sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { path } = childArguments<{ path: string }>();
const db = new DatabaseSync(path);
db.exec("BEGIN IMMEDIATE");
say("locked");
process.on("SIGTERM", () => {
  db.exec("COMMIT");
  db.close();
  process.exit(0);
});
setInterval(() => {}, 1000);

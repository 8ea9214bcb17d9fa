export type { SqliteOptions } from "./sqlite.ts";
export { sqlite, SqliteBackend } from "./sqlite.ts";

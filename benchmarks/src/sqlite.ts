import { join } from "node:path";
import type { ValueCodec } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { BareSqlite } from "./bare-sqlite.ts";
import type { Stores } from "./compare-stores.ts";
import { compareStores } from "./compare-stores.ts";
import type { Row, Wanted } from "./table.ts";

/** The SQLite store against prepared statements of `node:sqlite`, better-sqlite3 beside it. */
export function benchmarkSqlite(isWanted: Wanted): Promise<Row[]> {
  return compareStores(openStores, isWanted);
}

async function openStores(folder: string, codec: ValueCodec): Promise<Stores> {
  const node = BareSqlite.onNode(join(folder, "node.sqlite"), codec);
  const better = BareSqlite.onBetterSqlite(join(folder, "better.sqlite"), codec);
  const backend = sqlite({ path: join(folder, "ours.sqlite"), codec });
  return {
    bare: { "node:sqlite": node, "better-sqlite3": better },
    ours: { "sqlite()": backend.open("bench") },
    async close() {
      node.close();
      better.close();
      await backend.close();
    },
  };
}

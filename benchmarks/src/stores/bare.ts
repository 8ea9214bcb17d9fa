import { join } from "node:path";
import { structured } from "@class-cache/mapping";
import type { OpenStore } from "./store.ts";

/** The least that does the same work on the same engine, with the same codec. */
export const bare: Readonly<Record<string, OpenStore>> = {
  "append log": async (folder) => {
    const { BareLog } = await import("./bare-log.ts");
    return new BareLog(join(folder, "log"), structured());
  },

  "node:sqlite": async (folder) => {
    const { onNode } = await import("./bare-sqlite.ts");
    return onNode(join(folder, "node.sqlite"), structured());
  },

  "better-sqlite3": async (folder) => {
    const { onBetterSqlite } = await import("./bare-sqlite.ts");
    return onBetterSqlite(join(folder, "better.sqlite"), structured());
  },

  "classic-level": async (folder) => {
    const { BareLevel } = await import("./bare-level.ts");
    return BareLevel.open(join(folder, "level"), structured());
  },
};

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compressed, encrypted, json, structured } from "@class-cache/mapping";
import type { SqliteOptions } from "@class-cache/sqlite";
import { sqlite } from "@class-cache/sqlite";

import { contractCases } from "../../mapping/test/contract-cases.ts";
import type { ContractStore } from "../../mapping/test/contract-store.ts";

function storeWith(sqliteOptions: SqliteOptions): () => ContractStore {
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "class-cache-contract-"));
    return {
      make: (options) => sqlite({ path: join(folder, "c.sqlite"), ...sqliteOptions, ...options }),
      end: () => rmSync(folder, { recursive: true, force: true }),
    };
  };
}

contractCases("sqlite() without options", () => {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-contract-"));
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
  return {
    make: (options) => sqlite(options),
    end() {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
contractCases("sqlite() with full synchronization", storeWith({ synchronous: "full" }));
contractCases("sqlite() without synchronization", storeWith({ synchronous: "off" }));
contractCases(
  "sqlite() with limits far away",
  storeWith({ maxBytes: 2 ** 40, maxEntries: 2 ** 40 }),
);
contractCases("sqlite() with json", storeWith({ codec: json() }), { rich: false });
contractCases("sqlite() with compression", storeWith({ codec: compressed(structured()) }));
contractCases(
  "sqlite() with encryption",
  storeWith({ codec: encrypted(structured(), { key: Buffer.alloc(32, 7) }) }),
);

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LevelOptions } from "@class-cache/level";
import { level } from "@class-cache/level";
import { compressed, encrypted, json, structured } from "@class-cache/mapping";
import { contractCases } from "../../mapping/test/contract-cases.ts";
import type { ContractStore } from "../../mapping/test/contract-store.ts";

function storeWith(levelOptions: LevelOptions): () => ContractStore {
  return () => {
    const dir = mkdtempSync(join(tmpdir(), "class-cache-level-contract-"));
    return {
      make: (options) => level({ dir, ...levelOptions, ...options }),
      end: () => rmSync(dir, { recursive: true, force: true }),
    };
  };
}

contractCases("level() without options", () => {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-level-contract-"));
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
  return {
    make: (options) => level(options),
    end() {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
contractCases("level() with json", storeWith({ codec: json() }), { rich: false });
contractCases(
  "level() with compression and encryption",
  storeWith({
    codec: encrypted(compressed(structured()), { key: Buffer.alloc(32, 7) }),
    timeout: 60_000,
  }),
);

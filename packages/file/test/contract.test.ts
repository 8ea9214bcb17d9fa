import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileBlocksOptions } from "@class-cache/file";
import { fileBlocks } from "@class-cache/file";
import { compressed, encrypted, json, structured } from "@class-cache/mapping";
import { contractCases } from "../../mapping/test/contract-cases.ts";
import type { ContractStore } from "../../mapping/test/contract-store.ts";

function storeWith(fileOptions: FileBlocksOptions): () => ContractStore {
  return () => {
    const dir = mkdtempSync(join(tmpdir(), "class-cache-contract-"));
    return {
      make: (options) => fileBlocks({ dir, ...fileOptions, ...options }),
      end: () => rmSync(dir, { recursive: true, force: true }),
    };
  };
}

contractCases("fileBlocks() without options", () => {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-contract-"));
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
  return {
    make: (options) => fileBlocks(options),
    end() {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
contractCases("fileBlocks() with blocks of one record", storeWith({ maxBlockBytes: 1 }));
contractCases("fileBlocks() with small blocks", storeWith({ maxBlockBytes: 4096 }));
contractCases("fileBlocks() with synchronous durability", storeWith({ durability: "sync" }));
contractCases("fileBlocks() with json", storeWith({ codec: json() }), { rich: false });
contractCases("fileBlocks() with compression", storeWith({ codec: compressed(structured()) }));
contractCases(
  "fileBlocks() with encryption",
  storeWith({ codec: encrypted(structured(), { key: Buffer.alloc(32, 7) }), maxBlockBytes: 4096 }),
);

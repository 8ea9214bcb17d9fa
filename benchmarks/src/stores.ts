import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileBlocks } from "@class-cache/file";
import { structured } from "@class-cache/mapping";
import { BareLog } from "./bare-log.ts";
import { interleave } from "./interleave.ts";
import type { Row, Wanted } from "./table.ts";
import { rowsOf } from "./table.ts";

/** A store under measurement. */
interface Store {
  set(key: string, value: unknown): Promise<void>;
  get(key: string): Promise<unknown>;
  has(key: string): Promise<boolean>;
}

const SIZES = [
  { label: "100 B", bytes: 100, keys: 2000, operations: 2000 },
  { label: "10 KB", bytes: 10_000, keys: 500, operations: 500 },
  { label: "256 KB", bytes: 256_000, keys: 40, operations: 40 },
];

const ROUNDS = 15;

/** The file-block store against a bare append-only log, with the same codec, in µs an operation. */
export async function benchmarkStores(isWanted: Wanted): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { label: size, bytes, keys, operations } of SIZES) {
    const folder = mkdtempSync(join(tmpdir(), "class-cache-bench-"));
    const codec = structured();
    const bare = new BareLog(join(folder, "bare"), codec);
    const backend = fileBlocks({ dir: join(folder, "blocks"), codec });
    const stores: [string, Store][] = [
      ["bare append log", bare],
      ["file blocks", backend.open<string, unknown>("bench")],
    ];
    const names = Array.from({ length: keys }, (_, index) => `key-${index}`);
    const value = { text: "x".repeat(bytes - 20), at: 1 };
    const over = async (each: (key: string) => Promise<unknown>, count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) await each(names[index % keys]!);
    };
    const measure = async (
      operation: string,
      call: (store: Store, key: string) => Promise<unknown>,
    ): Promise<void> => {
      const label = `${operation} ${size}`;
      if (!isWanted(label)) return;
      const contenders = stores.map(([name, store]) => ({
        name,
        run: (count: number) => over((key) => call(store, key), count),
      }));
      rows.push(...rowsOf(label, await interleave(contenders, { operations, rounds: ROUNDS })));
    };
    await measure("set", (store, key) => store.set(key, value));
    await measure("get", (store, key) => store.get(key));
    await measure("has", (store, key) => store.has(key));
    bare.close();
    await backend.close();
    rmSync(folder, { recursive: true });
  }
  return rows;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MutableMapping, ValueCodec } from "@class-cache/mapping";
import { structured } from "@class-cache/mapping";
import type { BareStore } from "./bare-store.ts";
import type { Contender } from "./interleave.ts";
import { interleave } from "./interleave.ts";
import { operationsOn } from "./operations.ts";
import { payloads } from "./payload.ts";
import type { Row, Wanted } from "./table.ts";
import { rowsOf } from "./table.ts";

/** The stores that one comparison is about, by name; the first bare one is the base. */
export interface Stores {
  readonly bare: Readonly<Record<string, BareStore>>;
  readonly ours: Readonly<Record<string, MutableMapping<string, unknown>>>;
  close(): Promise<void>;
}

const ROUNDS = 60;

/**
 * Each operation on values of each size, on stores of its own, in µs an operation.
 *
 * @param open makes stores in a folder, all with this codec
 */
export async function compareStores(
  open: (folder: string, codec: ValueCodec) => Promise<Stores>,
  isWanted: Wanted,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const payload of payloads) {
    for (const operation of operationsOn(payload)) {
      const label = `${operation.label} ${payload.label}`;
      if (!isWanted(label)) continue;
      const folder = mkdtempSync(join(tmpdir(), "class-cache-bench-"));
      const stores = await open(folder, structured());
      const entries = payload.keys.map((key, index) => [key, payload.valueAt(index)] as const);
      const contenders: Contender[] = [];
      for (const [name, store] of Object.entries(stores.bare)) {
        await store.setAll(entries);
        contenders.push(turns(name, operation.count, (from) => operation.bare(store, from)));
      }
      for (const [name, mapping] of Object.entries(stores.ours)) {
        await mapping.setMany(entries);
        contenders.push(turns(name, operation.count, (from) => operation.ours(mapping, from)));
      }
      const { count } = operation;
      rows.push(
        ...rowsOf(label, await interleave(contenders, { operations: count, rounds: ROUNDS })),
      );
      await stores.close();
      rmSync(folder, { recursive: true });
    }
  }
  return rows;
}

/** A contender that goes on from round to round where it stopped. */
function turns(name: string, count: number, round: (from: number) => Promise<void>): Contender {
  let from = 0;
  return {
    name,
    async run(): Promise<void> {
      await round(from);
      from += count;
    },
  };
}

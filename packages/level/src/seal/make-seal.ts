import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { mendedLog } from "../after-death/mended-log.ts";
import type { Listed, ListedTable } from "../engine-files/live-files.ts";
import { listedIn } from "../engine-files/live-files.ts";
import { recordsOf } from "../engine-files/log-file.ts";
import { lostBatch } from "./batch.ts";
import { outlineOf } from "./mended-table.ts";
import type { Seal, SealedFile, SealedRow } from "./seal.ts";
import { encodeBatches, encodeTableDetails } from "./seal.ts";

/** Names the manifest; the only file with a fixed name that LevelDB begins with. */
const CURRENT = "CURRENT";

/** Bytes of tables that have to be looked at when a database is opened: about 20 ms of work. */
const MOST_BYTES: number = 32 * 1024 * 1024;

/** The manifest that the content of `CURRENT` names; undefined: it is not as LevelDB writes it. */
function manifestIn(current: Uint8Array): string | undefined {
  return /^(MANIFEST-\d{6,})\n$/.exec(Buffer.from(current).toString("latin1"))?.[1];
}

/**
 * What a database in a folder looks like. Nobody may have it open.
 *
 * @param known tables that were summed up before
 * @returns undefined when it is not as LevelDB leaves it
 */
export function makeSeal(
  folder: string,
  rows: readonly SealedRow[],
  known: readonly SealedFile[],
): Seal | undefined {
  const current = readFileSync(join(folder, CURRENT));
  const manifest = manifestIn(current);
  if (manifest === undefined) return undefined;
  const names = readdirSync(folder).toSorted();
  const logs: SealedFile[] = [];
  for (const name of names.filter((each) => each.endsWith(".log"))) {
    const log = sealedLog(folder, name);
    if (log === undefined) return undefined;
    logs.push(log);
  }
  const list = readFileSync(join(folder, manifest));
  return {
    current: { name: CURRENT, bytes: current },
    manifest: { name: manifest, bytes: list },
    logs,
    tables: sealedTables(folder, names, listedIn(list)?.tables, known),
    rows,
  };
}

function sealedLog(folder: string, name: string): SealedFile | undefined {
  const log = readFileSync(join(folder, name));
  const { isChanged, isDamaged, end } = mendedLog(log, true);
  // LevelDB leaves none that ends within a record.
  if (isChanged || isDamaged || end < log.length) return undefined;
  const batches = Array.from(recordsOf(log), (record) => ({
    length: record.length,
    sum: crc32(record),
    ...lostBatch(record),
  }));
  const encoded = encodeBatches(batches);
  return { name, size: log.length, sum: crc32(log), details: () => encoded };
}

function sealedTables(
  folder: string,
  names: readonly string[],
  listed: Listed["tables"] | undefined,
  known: readonly SealedFile[],
): SealedFile[] {
  const before = new Map(known.map((table) => [table.name, table]));
  let left = MOST_BYTES;
  const tables: SealedFile[] = [];
  // The newest first: what is in them hides what is in others.
  for (const name of names.filter((each) => /\.(?:ldb|sst)$/.test(each)).toReversed()) {
    const table =
      withDetails(before.get(name)) ?? sealedTable(folder, name, listed?.get(parseInt(name, 10)));
    left -= table?.size ?? 0;
    if (left < 0) break;
    if (table !== undefined) tables.push(table);
  }
  return tables;
}

/** With its details read from the seal before, which is about to go. */
function withDetails(table: SealedFile | undefined): SealedFile | undefined {
  const details = table?.details();
  return details && table && { ...table, details: () => details };
}

function sealedTable(
  folder: string,
  name: string,
  listed: ListedTable | undefined,
): SealedFile | undefined {
  const table = readFileSync(join(folder, name));
  const outline = outlineOf(table, listed?.size);
  const digest = createHash("sha256").update(table).digest();
  if (outline === undefined) return undefined;
  const details = encodeTableDetails({ digest, ...outline });
  return { name, size: table.length, sum: crc32(table), details: () => details };
}
